import type { QueryRunner } from 'typeorm';
import { alertOf, type AlertRow, type RaisedAlert } from './alert-row';

/**
 * One alert for each threshold that the credits of the running period (of UTC) have reached. Its subject names period, limit and threshold, so that
 * nobody is told twice, and is told again after the limit was changed. $1: a workspace, or null for all that have a quota; $2: the time.
 */
const RAISE = `
WITH quota AS (
  SELECT q.workspace_id, q.period, q.credit_limit, q.thresholds, date_trunc(q.period, $2::timestamptz AT TIME ZONE 'UTC') AS starts
  FROM credit_quotas q WHERE $1::text IS NULL OR q.workspace_id = $1
),
used AS (
  SELECT q.*, u.credits FROM quota q CROSS JOIN LATERAL (
    SELECT coalesce(sum(r.credits), 0) AS credits FROM rollup_15m r
    WHERE r.workspace_id = q.workspace_id AND r.bucket >= q.starts AT TIME ZONE 'UTC' AND r.bucket < (q.starts + ('1 ' || q.period)::interval) AT TIME ZONE 'UTC'
  ) u
)
INSERT INTO alerts (workspace_id, kind, subject, raised_at, details)
SELECT workspace_id, 'quota', format('%s of %s: %s%% of %s', period, to_char(starts, 'YYYY-MM-DD'), threshold, trim_scale(credit_limit)), $2,
  jsonb_build_object('period', period, 'period_starts', to_char(starts, 'YYYY-MM-DD'), 'threshold_percent', threshold,
    'used', trim_scale(credits)::text, 'limit', trim_scale(credit_limit)::text)
FROM used, unnest(thresholds) threshold WHERE credits * 100 >= credit_limit * threshold
ON CONFLICT DO NOTHING
RETURNING workspace_id, id, kind, subject, raised_at, details`;

/** Raises what is due for one workspace, or for all; returns only what is new. */
export async function raiseQuotaAlerts(runner: QueryRunner, workspaceId: string | null, now: Date): Promise<RaisedAlert[]> {
  const raised: AlertRow[] = await runner.query(RAISE, [workspaceId, now]);
  return raised.map(alertOf);
}
