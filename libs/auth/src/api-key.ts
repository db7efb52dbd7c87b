import { createHash, randomBytes } from 'node:crypto';
import type { Scope } from '@shadower/domain';
import type { Principal } from './token-service';

/** How every key begins; redaction and scanners for leaked secrets know it. */
export const API_KEY_PREFIX = 'shk_';

const ID_BYTES = 8;
const SECRET_BYTES = 32;
/** `shk_<workspace>.<id>.<secret>`: the key names its workspace, so that it is looked up like any other row of that workspace. */
const WELL_FORMED = /^shk_([A-Za-z0-9][A-Za-z0-9_-]{0,63})\.([0-9a-f]{16})\.([\w-]{43})$/;

/** A key as it is looked up: by its public name, and compared by the hash of its secret. */
export interface PresentedKey {
  workspaceId: string;
  id: string;
  secretHash: Buffer;
}

/** 256 random bits cannot be guessed, so one SHA-256 is enough: the slow hashes are for what people think up. */
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** A new key; only `id` and `secretHash` are kept. */
export function newApiKey(workspaceId: string): { text: string; id: string; secretHash: Buffer } {
  const id = randomBytes(ID_BYTES).toString('hex');
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { text: `${API_KEY_PREFIX}${workspaceId}.${id}.${secret}`, id, secretHash: hashOf(secret) };
}

/** What a bearer token says as an API key; undefined when it is none. */
export function presentedKey(token: string): PresentedKey | undefined {
  const [, workspaceId, id, secret] = WELL_FORMED.exec(token) ?? [];
  return workspaceId && id && secret ? { workspaceId, id, secretHash: hashOf(secret) } : undefined;
}

/** Where keys are kept. An app without one accepts no keys. */
export interface ApiKeyDirectory {
  /** The caller behind a key; undefined when the key is unknown, revoked or expired, or its secret is wrong. Throws AppError `unavailable`. */
  principalOf(key: PresentedKey): Promise<Principal | undefined>;
}
/** Injects the `ApiKeyDirectory`, if there is one. */
export const API_KEYS = Symbol('API_KEYS');

/** `admin` allows what all others do. */
export const scopesAllow = (held: readonly Scope[], needed: Scope): boolean => held.includes(needed) || held.includes('admin');
