import type { LiveChannel, ServerMessage } from '@shadower/domain';
import type { FeedItem } from './conflator';

/** An event as it goes out: encoded once, and the same bytes for every socket. */
export interface EventFrame {
  ch: LiveChannel;
  offset: string;
  bytes: Buffer;
}

export const encode = (message: ServerMessage): Buffer => Buffer.from(JSON.stringify(message));

export const eventFrame = (ch: LiveChannel, item: FeedItem): EventFrame => ({
  ch,
  offset: item.offset,
  bytes: encode({ type: 'ev', ch, offset: item.offset, ts: item.ts, data: item.data, trace: item.trace }),
});
