import { inSystem } from '@shadower/database';
import { IDEMPOTENCY_KEPT_HOURS } from '@shadower/domain';
import type { DataSource } from 'typeorm';

/** Of one transaction, so that none runs long. */
const AT_ONCE = 5_000;
const FORGET = `DELETE FROM idempotency_keys WHERE (workspace_id, operation, key) IN (
  SELECT workspace_id, operation, key FROM idempotency_keys WHERE created_at < now() - interval '${IDEMPOTENCY_KEPT_HOURS} hours' LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED)`;

/** Deletes the keys whose answers are not given again any more. One that is just being used anew is left alone. */
export async function forgetIdempotencyKeys(dataSource: DataSource): Promise<void> {
  for (;;) {
    const [, deleted] = (await inSystem(dataSource, (runner) => runner.query(FORGET))) as [unknown[], number];
    if (deleted < AT_ONCE) return;
  }
}
