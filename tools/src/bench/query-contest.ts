import { Client } from 'pg';
import { until } from '../stack/until';
import { demoToken } from '../token/demo-token';
import type { BenchContext } from './bench-context';
import { dirtyCount, openDays, writeHistory, type History } from './history';
import { load } from './load';
import { interleaved } from './rounds';

const DAY_MS = 86_400_000;
export const HISTORY_DAYS = 30;
const SETTLE_TIMEOUT_MS = 1_800_000;

/** The questions of a dashboard. Each request asks for another span, so that no answer that was kept can be given twice. */
export const QUERIES = {
  credits: (turn: number) => `credits?granularity=hour&from=${new Date(Date.now() - HISTORY_DAYS * DAY_MS + (turn % 48) * 3_600_000).toISOString()}`,
  'active users': (turn: number) => `active-users?from=${new Date(Date.now() - (HISTORY_DAYS - 1 - (turn % 7)) * DAY_MS).toISOString().slice(0, 10)}`,
  'duration p95': (turn: number) => `metrics?metric=duration_p95&granularity=day&from=${new Date(Date.now() - HISTORY_DAYS * DAY_MS + (turn % 7) * DAY_MS).toISOString()}`,
  'credits by agent': (turn: number) => `metrics?metric=credits&group_by=agent&granularity=day&from=${new Date(Date.now() - HISTORY_DAYS * DAY_MS + (turn % 7) * DAY_MS).toISOString()}`,
  overview: (turn: number) => `overview?from=${new Date(Date.now() - HISTORY_DAYS * DAY_MS + (turn % 96) * 900_000).toISOString()}`,
} as const;
export type Query = keyof typeof QUERIES;

export interface Contest {
  /** Histories to compare, in one database. */
  histories: History[];
  /** Requests of one round, and rounds. */
  requests: number;
  rounds: number;
  /** Reduces the times of one round, in milliseconds, to one figure. */
  figure: (times: number[]) => number;
}

/** Milliseconds that each query takes over each history, through the API, as `figures[workspace][query]`. */
export async function queryContest(context: BenchContext, name: string, contest: Contest): Promise<Record<string, Record<Query, number>>> {
  const { url, adminUrl } = await context.database(name);
  const redisUrl = context.redisUrl();
  await settle(context, contest.histories, { url, adminUrl, redisUrl });
  const api = await context.app('analytics-api', url, redisUrl);
  try {
    const figures: Record<string, Record<Query, number>> = {};
    for (const { workspace } of contest.histories) figures[workspace] = {} as Record<Query, number>;
    for (const query of Object.keys(QUERIES) as Query[]) {
      const contestants: Record<string, () => Promise<number>> = {};
      for (const { workspace } of contest.histories) contestants[workspace] = await asker(api.url, workspace, query, contest);
      for (const [workspace, figure] of Object.entries(await interleaved(context.rounds(contest.rounds), contestants))) (figures[workspace] as Record<Query, number>)[query] = figure;
    }
    return figures;
  } finally {
    await api.stop();
  }
}

/** Writes the histories and lets the real worker roll them up to the end. */
async function settle(context: BenchContext, histories: History[], { url, adminUrl, redisUrl }: { url: string; adminUrl: string; redisUrl: string }): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  const worker = await context.app('jobs-worker', url, redisUrl);
  try {
    for (const history of histories) {
      await writeHistory(client, history);
      const clean = async () => ((await dirtyCount(client, history.workspace)) + (await openDays(client, history.workspace)) === 0 ? true : undefined);
      if (!(await until(clean, SETTLE_TIMEOUT_MS, 500))) throw new Error(`the worker did not roll up ${history.workspace}`);
    }
    await client.query('VACUUM ANALYZE');
  } finally {
    await Promise.all([client.end(), worker.stop()]);
  }
}

async function asker(url: string, workspace: string, query: Query, { requests, figure }: Contest): Promise<() => Promise<number>> {
  const headers = { authorization: `Bearer ${await demoToken({ workspace })}` };
  let turn = 0;
  return async () => {
    const times: number[] = [];
    for (let count = 0; count < requests; count++) {
      times.push(...(await load({ url: `${url}/api/v1/workspaces/${workspace}/${QUERIES[query](turn++)}`, headers, requests: 1, connections: 1 })));
    }
    return figure(times);
  };
}
