import { AppError, clientMessage, type ClientMessage } from '@shadower/domain';
import type { RawData } from 'ws';

const TYPES: ReadonlySet<string> = new Set(clientMessage.options.map((option) => option.shape.type.value));

/** A frame that is not even a JSON object in text: the client speaks another protocol, so the connection ends. */
export class NotOurProtocol extends AppError {
  constructor(detail: string) {
    super('bad_request', detail);
  }
}

/** Reads one frame as a JSON object. Throws NotOurProtocol. */
export function parseFrame(data: RawData, isBinary: boolean): Record<string, unknown> {
  if (isBinary) throw new NotOurProtocol('Frames must be text, not binary.');
  let value: unknown;
  try {
    value = JSON.parse(String(data));
  } catch {
    throw new NotOurProtocol('The frame is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new NotOurProtocol('The frame must be a JSON object.');
  return value as Record<string, unknown>;
}

/** The frame's type as a closed set, for labels: what a client invents is `unknown`. */
export const frameType = (frame: Record<string, unknown>): string => {
  const type = frame['type'];
  return typeof type === 'string' && TYPES.has(type) ? type : 'unknown';
};

/** The message in a frame. Throws an AppError that names each wrong field. */
export function readMessage(frame: Record<string, unknown>): ClientMessage {
  const result = clientMessage.safeParse(frame);
  if (result.success) return result.data;
  const errors = result.error.issues.slice(0, 10).map((issue) => ({ pointer: `/${issue.path.join('/')}`, detail: issue.message.slice(0, 200) }));
  throw new AppError('invalid', 'The message does not match its schema.', { errors });
}

/** The id that a refused message carried, so that the answer can name it. */
export const claimedId = (frame: Record<string, unknown>): string | undefined => {
  const id = frame['id'];
  return typeof id === 'string' && id.length >= 1 && id.length <= 64 ? id : undefined;
};
