import { until } from '../stack/until';
import type { Arena } from './arena';
import { ACTIVE_BITS, ACTIVE_DAYS, BUCKETS, DAYS } from './brute-force';
import { settleDays } from './settle-days';

export interface LedgerCheck {
  acknowledged: number;
  /** Acknowledged, and not in the ledger or not counted in the rollups. */
  lost: number;
  /** In the ledger twice, or counted more often than they are there. */
  double: number;
  /** In the ledger, and nobody sent them. */
  ghosts: number;
  /** In the ledger, with other contents than were sent. */
  altered: number;
  /** Figures of rollups, other than the number of events in a bucket, that are not those of the ledger. */
  wrongSums: number;
  /** Where those stand: `rollup_day_dim.failed 2, active_days.mau 1`. */
  wrong: string;
  /** Days whose figures by dimension were compared; 0: the days were not looked at. */
  settledDays: number;
  /** How long the rollups took to be complete after the last request. */
  settledMs: number;
}

/** What clients did, as `Clients` remember it. */
export interface Told {
  /** Id of every event that was sent, with the digest of its contents. */
  sent: ReadonlyMap<string, string>;
  acknowledged: ReadonlySet<string>;
}

/** The same digest as `digestOf` of the clients. */
const STORED = `
SELECT event_id, left(md5(concat_ws('|', to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), type, coalesce(user_id, ''), coalesce(agent_id, ''), coalesce(execution_id, ''),
  coalesce(status, ''), coalesce(model, ''), coalesce(credits::text, ''), coalesce(duration_ms::text, ''), coalesce(context_tokens::text, ''), coalesce(generated_tokens::text, ''))), 12) AS digest
FROM events WHERE workspace_id = $1`;

const marksOf = async (arena: Arena, workspace: string): Promise<number> => (await arena.sql<{ n: number }>('SELECT count(*)::int AS n FROM dirty_buckets WHERE workspace_id = $1', [workspace]))[0]?.n ?? 0;

/** Waits until nothing of the workspace is left to be rolled up; gives the time that it took. */
export async function untilRolledUp(arena: Arena, workspace: string, patienceMs = 60_000): Promise<number> {
  const began = performance.now();
  await until(async () => ((await marksOf(arena, workspace)) === 0 ? true : undefined), patienceMs, 100);
  return performance.now() - began;
}

/** For each column of each table of rollups, how many rows differ from a count of the raw events: `{ 'rollup_15m.credits': 0, ... }`. */
export async function compareRollups(arena: Arena, workspace: string): Promise<Record<string, number>> {
  const tables = { rollup_15m: BUCKETS, rollup_day_dim: DAYS, active_users: ACTIVE_BITS, active_days: ACTIVE_DAYS };
  const counts: Record<string, number> = {};
  for (const [table, sql] of Object.entries(tables)) {
    const [row] = await arena.sql<Record<string, number>>(sql, [workspace]);
    if (!row) throw new Error('an aggregate has no row');
    for (const [column, n] of Object.entries(row)) counts[`${table}.${column}`] = n;
  }
  return counts;
}

/** Their difference is told as events lost or counted double; of the days by dimension it is the column `events`. */
const AS_EVENTS = ['rollup_15m.events', 'rollup_15m.missing', 'rollup_15m.surplus', 'rollup_day_dim.missing', 'rollup_day_dim.surplus'];

/** Compares what clients were told with what the database has, once the rollups had their time. `days: false`: without those of whole days, where no worker of the product rolls up. */
export async function checkLedger(arena: Arena, workspace: string, { sent, acknowledged }: Told, { days = true } = {}): Promise<LedgerCheck> {
  const settledMs = await untilRolledUp(arena, workspace);
  const settledDays = days ? await settleDays(arena, workspace) : 0;
  const rows = await arena.sql<{ event_id: string; digest: string }>(STORED, [workspace]);
  const ledger = new Map(rows.map(({ event_id, digest }) => [event_id, digest]));
  const counts = await compareRollups(arena, workspace);
  const wrong = Object.entries(counts).filter(([name, n]) => n > 0 && !AS_EVENTS.includes(name) && (days || name.startsWith('rollup_15m.')));
  return {
    acknowledged: acknowledged.size,
    lost: [...acknowledged].filter((id) => !ledger.has(id)).length + (counts['rollup_15m.missing'] ?? 0),
    double: rows.length - ledger.size + (counts['rollup_15m.surplus'] ?? 0),
    ghosts: [...ledger.keys()].filter((id) => !sent.has(id)).length,
    altered: [...ledger].filter(([id, digest]) => sent.has(id) && sent.get(id) !== digest).length,
    wrongSums: wrong.reduce((sum, [, n]) => sum + n, 0),
    wrong: wrong.map(([name, n]) => `${name} ${n}`).join(', '),
    settledDays,
    settledMs,
  };
}
