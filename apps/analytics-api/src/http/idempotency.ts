import { createHash } from 'node:crypto';
import { AppError, IDEMPOTENCY_KEPT_HOURS } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';

/** One request that must have one effect, however often it is sent. */
export interface KeyedRequest {
  workspaceId: string;
  /** Which operation: the same key may be used once for each. */
  operation: string;
  /** The caller's `Idempotency-Key`; undefined: he asked for nothing of the kind. */
  key: string | undefined;
  /** What was asked for, as JSON would show it: another request under the same key is refused. */
  request: unknown;
}

/** An answer that can be given again: `body` is JSON. */
export interface KeptAnswer<T> {
  status: number;
  body: T;
}

const KEPT = `interval '${IDEMPOTENCY_KEPT_HOURS} hours'`;
/** Waits for a transaction that is at the same key. Gives a row when the key is new, or so old that it is new again. */
const CLAIM = `INSERT INTO idempotency_keys AS k (workspace_id, operation, key, fingerprint) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace_id, operation, key) DO UPDATE SET fingerprint = excluded.fingerprint, status = NULL, body = NULL, created_at = now() WHERE k.created_at < now() - ${KEPT}
RETURNING 1 AS claimed`;
const KEEP = 'UPDATE idempotency_keys SET status = $4, body = $5 WHERE workspace_id = $1 AND operation = $2 AND key = $3';
const KNOWN = 'SELECT fingerprint, status, body FROM idempotency_keys WHERE workspace_id = $1 AND operation = $2 AND key = $3';

/** What is nested deeper than anything accepted is refused whatever it says, so it makes no other request; and JSON.stringify would overflow the stack. */
const MAX_DEPTH = 64;
function cutOff(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return null;
  if (Array.isArray(value)) return value.map((inner) => cutOff(inner, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cutOff(inner, depth - 1)]));
}

/**
 * Does `work` the first time, and gives its answer again (`replayed`) when the request comes again within 24 hours; the worker's upkeep deletes older keys. Key, effect and answer
 * are one transaction, that of `runner`: a crash leaves either all or nothing, a failure leaves the key unused, and of two at a time the
 * second waits for the first. Throws AppError `idempotency_key_reused` when the key stands for another request.
 */
export async function once<T>(runner: QueryRunner, { workspaceId, operation, key, request }: KeyedRequest, work: () => Promise<KeptAnswer<T>>): Promise<KeptAnswer<T> & { replayed: boolean }> {
  if (key === undefined) return { ...(await work()), replayed: false };
  const place = [workspaceId, operation, key];
  const fingerprint = createHash('sha256').update(JSON.stringify(cutOff(request, MAX_DEPTH)) ?? '').digest();
  const claimed = (await runner.query(CLAIM, [...place, fingerprint])) as unknown[];
  if (claimed.length === 0) return { ...(await earlier<T>(runner, place, fingerprint)), replayed: true };
  const answer = await work();
  await runner.query(KEEP, [...place, answer.status, JSON.stringify(answer.body)]);
  return { ...answer, replayed: false };
}

async function earlier<T>(runner: QueryRunner, place: string[], fingerprint: Buffer): Promise<KeptAnswer<T>> {
  const [known] = (await runner.query(KNOWN, place)) as [KeptAnswer<T> & { fingerprint: Buffer }];
  if (known.fingerprint.equals(fingerprint)) return { status: known.status, body: known.body };
  throw new AppError('idempotency_key_reused', 'The Idempotency-Key was already used for a different request.', { errors: [{ pointer: 'Idempotency-Key', detail: 'must be unique to each request' }] });
}
