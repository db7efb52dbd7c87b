import { until } from '../stack/until';
import type { Arena } from './arena';

export interface LedgerCheck {
  acknowledged: number;
  /** Acknowledged, and not in the ledger or not counted in the rollups. */
  lost: number;
  /** In the ledger twice, or counted more often than they are there. */
  double: number;
  /** In the ledger, and nobody sent them. */
  ghosts: number;
  /** Buckets whose sum of credits, and days whose number of active users, is not that of the ledger. */
  wrongSums: number;
  /** How long the rollups took to be complete after the last request. */
  settledMs: number;
}

/** Written apart from the product's own definition of a rollup, so that a mistake there is seen here. */
const ROLLUPS = `
WITH ledger AS (
  SELECT date_bin('15 minutes', time, '2000-01-01Z') AS bucket, type AS kind, count(*) AS n, coalesce(sum(credits), 0) AS credits FROM events WHERE workspace_id = $1 GROUP BY 1, 2
), rolled AS (SELECT bucket, kind, events AS n, credits FROM rollup_15m WHERE workspace_id = $1)
SELECT coalesce(sum(greatest(coalesce(l.n, 0) - coalesce(r.n, 0), 0)), 0)::int AS missing,
  coalesce(sum(greatest(coalesce(r.n, 0) - coalesce(l.n, 0), 0)), 0)::int AS surplus,
  (count(*) FILTER (WHERE coalesce(l.credits, 0) <> coalesce(r.credits, 0)))::int AS wrong
FROM ledger l FULL JOIN rolled r USING (bucket, kind)`;

const ACTIVE_USERS = `
WITH ledger AS (SELECT (time AT TIME ZONE 'UTC')::date AS day, count(DISTINCT user_id) AS n FROM events WHERE workspace_id = $1 AND user_id IS NOT NULL GROUP BY 1),
counted AS (SELECT day, sum(bit_count(bits)) AS n FROM active_bits WHERE workspace_id = $1 GROUP BY 1)
SELECT (count(*) FILTER (WHERE coalesce(l.n, 0) <> coalesce(c.n, 0)))::int AS wrong FROM ledger l FULL JOIN counted c USING (day)`;

const marksOf = async (arena: Arena, workspace: string): Promise<number> => (await arena.sql<{ n: number }>('SELECT count(*)::int AS n FROM dirty_buckets WHERE workspace_id = $1', [workspace]))[0]?.n ?? 0;

/** Waits until nothing of the workspace is left to be rolled up; gives the time that it took. */
export async function untilRolledUp(arena: Arena, workspace: string, patienceMs = 60_000): Promise<number> {
  const began = performance.now();
  await until(async () => ((await marksOf(arena, workspace)) === 0 ? true : undefined), patienceMs, 100);
  return performance.now() - began;
}

/** Compares what clients were told with what the database has, once the rollups had their time. */
export async function checkLedger(arena: Arena, workspace: string, clients: { sent: ReadonlySet<string>; acknowledged: ReadonlySet<string> }): Promise<LedgerCheck> {
  const settledMs = await untilRolledUp(arena, workspace);
  const rows = await arena.sql<{ event_id: string }>('SELECT event_id FROM events WHERE workspace_id = $1', [workspace]);
  const ledger = new Set(rows.map(({ event_id }) => event_id));
  const [rollups] = await arena.sql<{ missing: number; surplus: number; wrong: number }>(ROLLUPS, [workspace]);
  const [users] = await arena.sql<{ wrong: number }>(ACTIVE_USERS, [workspace]);
  if (!rollups || !users) throw new Error('an aggregate has no row');
  const { acknowledged, sent } = clients;
  return {
    acknowledged: acknowledged.size,
    lost: [...acknowledged].filter((id) => !ledger.has(id)).length + rollups.missing,
    double: rows.length - ledger.size + rollups.surplus,
    ghosts: [...ledger].filter((id) => !sent.has(id)).length,
    wrongSums: rollups.wrong + users.wrong,
    settledMs,
  };
}
