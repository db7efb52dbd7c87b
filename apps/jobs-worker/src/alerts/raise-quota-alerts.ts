import { BUCKET_SECONDS } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { alertOf, type AlertRow, type RaisedAlert } from './alert-row';

/**
 * One alert for each threshold that the credits of the running period (of UTC) have reached. Its subject names period, limit and threshold, so that
 * nobody is told twice, and is told again after the limit was changed. $1: the workspaces; $2: the time. A day's credits are read from its rows by kind as
 * far as it is settled, a handful, and else from those of its quarters of an hour.
 */
const RAISE = `
WITH quota AS (
  SELECT q.workspace_id, q.period, q.credit_limit, q.thresholds, date_trunc(q.period, $2::timestamptz AT TIME ZONE 'UTC') AS starts
  FROM credit_quotas q WHERE q.workspace_id = ANY ($1::text[])
),
used AS (
  SELECT q.*, u.credits FROM quota q CROSS JOIN LATERAL (
    SELECT coalesce(sum(p.credits), 0) AS credits FROM generate_series(q.starts, q.starts + ('1 ' || q.period)::interval - interval '1 day', interval '1 day') d(begins)
    LEFT JOIN rollup_days s ON s.workspace_id = q.workspace_id AND s.day = d.begins::date
    CROSS JOIN LATERAL (
      SELECT r.credits FROM rollup_day_dim r WHERE r.workspace_id = q.workspace_id AND r.day = d.begins::date AND r.dimension = 'kind' AND s.settled > 0
      UNION ALL SELECT r.credits FROM rollup_15m r WHERE r.workspace_id = q.workspace_id
        AND r.bucket >= d.begins AT TIME ZONE 'UTC' + coalesce(s.settled, 0) * interval '${BUCKET_SECONDS} seconds' AND r.bucket < (d.begins + interval '1 day') AT TIME ZONE 'UTC'
    ) p
  ) u
)
INSERT INTO alerts (workspace_id, kind, subject, raised_at, details)
SELECT workspace_id, 'quota', format('%s of %s: %s%% of %s', period, to_char(starts, 'YYYY-MM-DD'), threshold, trim_scale(credit_limit)), $2,
  jsonb_build_object('period', period, 'period_starts', to_char(starts, 'YYYY-MM-DD'), 'threshold_percent', threshold,
    'used', trim_scale(credits)::text, 'limit', trim_scale(credit_limit)::text)
FROM used, unnest(thresholds) threshold WHERE credits * 100 >= credit_limit * threshold
ON CONFLICT DO NOTHING
RETURNING workspace_id, id, kind, subject, raised_at, details`;

/** $1: the last workspace of the page before. A statement has seconds, however many workspaces there are. */
const PAGE_SIZE = 500;
const PAGE = `SELECT workspace_id FROM credit_quotas WHERE workspace_id > $1 ORDER BY workspace_id LIMIT ${PAGE_SIZE}`;

/** Raises what is due for one workspace, or for all (null); returns only what is new. */
export async function raiseQuotaAlerts(runner: QueryRunner, workspaceId: string | null, now: Date): Promise<RaisedAlert[]> {
  const raise = (workspaces: string[]): Promise<AlertRow[]> => runner.query(RAISE, [workspaces, now]) as Promise<AlertRow[]>;
  if (workspaceId !== null) return (await raise([workspaceId])).map(alertOf);
  const raised: AlertRow[] = [];
  for (let last: string | undefined = ''; last !== undefined; ) {
    const page: { workspace_id: string }[] = await runner.query(PAGE, [last]);
    const workspaces = page.map(({ workspace_id }) => workspace_id);
    if (workspaces.length > 0) raised.push(...(await raise(workspaces)));
    last = workspaces.length === PAGE_SIZE ? workspaces.at(-1) : undefined;
  }
  return raised.map(alertOf);
}
