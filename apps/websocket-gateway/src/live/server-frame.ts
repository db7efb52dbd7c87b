import { AppError, type LiveChannel, type LiveProblem, type ServerMessage } from '@shadower/domain';
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

/** What a client is told of a failure: an expected one as it is, anything else without its inside. */
export function problemOf(error: unknown): LiveProblem {
  if (!(error instanceof AppError)) return { type: page('internal'), title: 'Something went wrong here', status: 500, code: 'internal', detail: 'an unexpected error; it has been reported' };
  const { status, title, code, detail, errors, retryAfterMs } = error;
  return { type: page(code), title, status, code, detail, errors, retry_after_ms: retryAfterMs };
}

const page = (code: string): string => `https://docs.shadower.ai/errors/${code}`;
