import { UnrecoverableError } from 'bullmq';
import type { ZodType } from 'zod';

/**
 * The checked payload of a job. One that nobody understands is not tried again; one of a newer version is, because during a
 * roll-out a newer worker may get it next time. Either ends among the dead jobs, from where it can be sent once more.
 */
export function readPayload<Payload>({ queue, payload }: { queue: string; payload: ZodType<Payload> }, data: unknown): Payload {
  const read = payload.safeParse(data);
  if (read.success) return read.data;
  const reasons = read.error.issues.map(({ path, message }) => `${path.join('.') || 'payload'}: ${message}`).join('; ');
  const message = `this worker does not understand the payload of a ${queue} job: ${reasons}`;
  const versionIsUnknown = read.error.issues.some(({ path }) => path.length === 1 && path[0] === 'v');
  const version = (data as { v?: unknown } | null)?.v;
  if (versionIsUnknown && typeof version === 'number' && version > 1) throw new Error(message);
  throw new UnrecoverableError(message);
}
