import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ApiKeyDirectory, PresentedKey, Principal } from '@shadower/auth';
import { inWorkspace, runStatement, type Statement } from '@shadower/database';
import type { Scope } from '@shadower/domain';
import { getLogger } from '@shadower/telemetry';
import { DataSource } from 'typeorm';

/**
 * One round trip as the workspace that the key names. OFFSET 0 keeps the two scans in this order: the workspace is set before row-level
 * security looks at the first row.
 */
const FIND: Statement = {
  name: 'find-api-key',
  text: `WITH scope AS MATERIALIZED (SELECT set_config('app.workspace_id', $1, true) AS workspace_id)
SELECT k.* FROM scope CROSS JOIN LATERAL (
  SELECT secret_hash, scopes, expires_at, last_used_at IS NULL OR last_used_at < now() - interval '1 minute' AS stale
  FROM api_keys WHERE workspace_id = scope.workspace_id AND id = $2 AND (expires_at IS NULL OR expires_at > now()) OFFSET 0
) k`,
};
const TOUCH = `UPDATE api_keys SET last_used_at = now() WHERE workspace_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`;

interface Row {
  secret_hash: Buffer;
  scopes: Scope[];
  expires_at: Date | null;
  stale: boolean;
}
/** A live socket that a key opened asks again after this time, and so learns that the key was revoked. */
const SOCKET_SECONDS = 300;

/** Looks every key up at every request, so that a revoked one is refused at once, by all replicas. */
@Injectable()
export class ApiKeyLookup implements ApiKeyDirectory {
  private readonly logger = getLogger('api-keys');

  constructor(private readonly dataSource: DataSource) {}

  async principalOf({ workspaceId, id, secretHash }: PresentedKey): Promise<Principal | undefined> {
    const { rows } = await runStatement<Row>(this.dataSource, FIND, [workspaceId, id]);
    const [row] = rows;
    if (!row || !timingSafeEqual(row.secret_hash, secretHash)) return undefined;
    if (row.stale) void this.touch(workspaceId, id);
    const expiresAt = Math.min(Date.now() / 1000 + SOCKET_SECONDS, (row.expires_at?.getTime() ?? Infinity) / 1000);
    // The role is never asked for: a key may do what its scopes say. It is the least, in case somebody asks all the same.
    return { sub: `key:${id}`, workspaces: { [workspaceId]: 'viewer' }, operator: false, expiresAt: Math.floor(expiresAt), scopes: row.scopes };
  }

  /** To the minute, and beside the request: when a key was used is good to know, never worth a failure. */
  private async touch(workspaceId: string, id: string): Promise<void> {
    try {
      await inWorkspace(this.dataSource, workspaceId, (runner) => runner.query(TOUCH, [workspaceId, id]));
    } catch (err) {
      this.logger.debug({ err, key: id }, 'the use of a key was not noted');
    }
  }
}
