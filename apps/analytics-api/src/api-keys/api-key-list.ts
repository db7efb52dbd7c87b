import { newApiKey } from '@shadower/auth';
import { AppError, cleanText, instant, SCOPES } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { named } from '../http/api-doc';
import { exactTime, paged, pageOf, positionOf, type pageQuery } from '../http/page';

const scopes = z
  .array(z.enum(SCOPES))
  .min(1)
  .max(SCOPES.length)
  .meta({ description: 'what the key may do; `admin` includes all others, but no key may create or revoke keys' });

export const apiKeyRequest = z.strictObject({
  name: cleanText(100).meta({ description: 'a display name' }),
  scopes,
  expires_at: instant.optional().meta({ description: 'when the key expires; if omitted, it is valid until revoked' }),
});
export type ApiKeyRequest = z.infer<typeof apiKeyRequest>;

export const keyId = z.string().regex(/^[0-9a-f]{16}$/, 'must be the id of a key');

export const apiKey = named(
  'ApiKey',
  z.object({
    id: z.string().meta({ description: 'the public part of the key; appears in logs as user `key:<id>`' }),
    name: z.string(),
    scopes,
    created_at: z.iso.datetime(),
    created_by: z.string().meta({ description: 'empty when that person was erased' }),
    expires_at: z.iso.datetime().nullable(),
    last_used_at: z.iso.datetime().nullable().meta({ description: 'to the minute' }),
  }),
);
export type ApiKey = z.infer<typeof apiKey>;
export const newKey = named('NewApiKey', apiKey.extend({ key: z.string().meta({ description: 'the key itself; shown only once' }) }));
export const apiKeyPage = named('ApiKeyPage', pageOf(apiKey));

type Row = Omit<ApiKey, 'created_at' | 'expires_at' | 'last_used_at'> & { created_at: Date; expires_at: Date | null; last_used_at: Date | null; place: string };

const COLUMNS = `id, name, scopes, created_at, created_by, expires_at, last_used_at, ${exactTime('created_at')} AS place`;
const LIST = `SELECT ${COLUMNS} FROM api_keys WHERE workspace_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::text)) ORDER BY created_at DESC, id DESC LIMIT $4`;
const ADD = `INSERT INTO api_keys (workspace_id, id, secret_hash, name, scopes, expires_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${COLUMNS}`;

const keyOf = ({ place: _place, created_at, expires_at, last_used_at, ...rest }: Row): ApiKey => ({
  ...rest,
  created_at: created_at.toISOString(),
  expires_at: expires_at?.toISOString() ?? null,
  last_used_at: last_used_at?.toISOString() ?? null,
});

/** The newest keys first, without their secrets, which nobody has. */
export async function apiKeysOf(runner: QueryRunner, workspaceId: string, { limit, cursor }: z.infer<typeof pageQuery>): Promise<z.infer<typeof apiKeyPage>> {
  const [time = null, id = null] = positionOf(cursor, keyId) ?? [];
  const { rows, next_cursor } = paged((await runner.query(LIST, [workspaceId, time, id, limit + 1])) as Row[], limit, (row) => [row.place, row.id]);
  return { items: rows.map(keyOf), next_cursor };
}

/** Makes a key. Throws AppError `invalid` when it would have expired already. */
export async function addApiKey(runner: QueryRunner, workspaceId: string, { name, scopes: wanted, expires_at }: ApiKeyRequest, by: string): Promise<z.infer<typeof newKey>> {
  const expires = expires_at === undefined ? null : new Date(expires_at);
  if (expires && !(expires.getTime() > Date.now())) throw new AppError('invalid', 'The expiry time is in the past.', { errors: [{ pointer: '/expires_at', detail: 'must be in the future' }] });
  const { text, id, secretHash } = newApiKey(workspaceId);
  const sorted = SCOPES.filter((scope) => wanted.includes(scope));
  const [row] = (await runner.query(ADD, [workspaceId, id, secretHash, name, sorted, expires, by])) as [Row];
  return { ...keyOf(row), key: text };
}

/** Throws AppError `not_found` when there is no such key (any more). */
export async function removeApiKey(runner: QueryRunner, workspaceId: string, id: string): Promise<void> {
  const [, removed] = (await runner.query('DELETE FROM api_keys WHERE workspace_id = $1 AND id = $2', [workspaceId, id])) as [unknown[], number];
  if (removed === 0) throw new AppError('not_found', 'The API key does not exist.');
}
