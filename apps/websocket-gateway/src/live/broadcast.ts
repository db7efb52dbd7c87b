import { histogram, injectTrace, runSocketMessage } from '@shadower/telemetry';
import { countFrames } from './count-frames';
import type { Broadcast } from './feed';
import { eventFrame } from './server-frame';

/**
 * Encodes an item once and hands the same bytes to every subscription. One span stands for the whole fan-out, and one observation for each
 * frame that was sent, made all at once: a span a socket would cost more than the sending. The frame names that span, in the trace of the work that caused the change.
 */
export const broadcast: Broadcast = (workspaceId, ch, item, to) => {
  const message = { workspace_id: workspaceId, request_id: item.requestId, message_type: 'ev', direction: 'out', copies: 0, trace: { traceparent: item.trace } } as const;
  runSocketMessage(message, () => {
    const frame = eventFrame(ch, { ...item, trace: injectTrace().traceparent ?? item.trace });
    let sent = 0;
    for (const subscription of to) if (subscription.deliver(frame)) sent += 1;
    countFrames(sent);
    histogram('live_delivery_seconds').observe({}, Math.max(0, Date.now() - Date.parse(item.ts)) / 1_000, sent);
  });
};
