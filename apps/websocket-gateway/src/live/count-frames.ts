import { counter } from '@shadower/telemetry';

/** Counts event frames, one for each socket that each was sent to, by whatever way they came there. */
export const countFrames = (sent: number): void => counter('websocket_messages_total').inc({ direction: 'out', message_type: 'ev' }, sent);
