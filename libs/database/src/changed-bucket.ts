import { normalizeCredits, type ChangedBucket, type EventType } from '@shadower/domain';

/** A row of `rollup_15m` as `pg` gives it: bigint and numeric come as text. */
export interface RollupRow extends Omit<Record<keyof ChangedBucket, string>, 'bucket' | 'kind'> {
  bucket: Date;
  kind: EventType;
}

/** The row as subscribers get it. */
export const changedBucketOf = (row: RollupRow): ChangedBucket => ({
  bucket: row.bucket.toISOString(),
  kind: row.kind,
  events: Number(row.events),
  succeeded: Number(row.succeeded),
  failed: Number(row.failed),
  credits: normalizeCredits(row.credits),
  context_tokens: Number(row.context_tokens),
  generated_tokens: Number(row.generated_tokens),
});
