import { CopyOut, createDataSource, databaseEnv, dropOrphanChunks, exportSelect, inWorkspace, renderRows, type ExportRow, type Slab } from '@shadower/database';
import type { ExportRequest } from '@shadower/domain';
import { Client } from 'pg';
import { z } from 'zod';
import { until } from '../../stack/until';
import type { BenchContext } from '../bench-context';
import { writeHistory } from '../history';
import { median, type Measurement } from '../measurement';
import { residentMb } from '../process-usage';
import { interleaved } from '../rounds';
import type { Section } from '../section';

type DataSource = ReturnType<typeof createDataSource>;

const WORKSPACE = 'bench';
const DAYS = 30;
const REQUEST: ExportRequest = { dataset: 'events', format: 'csv', compression: 'none', from: '2000-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z', filter: {} };

/** Rows per second of the same select, read from the socket and thrown away. */
async function bareCopy(client: Client): Promise<number> {
  await client.query(`BEGIN; SET LOCAL app.workspace_id = '${WORKSPACE}'; SET LOCAL TimeZone = 'UTC'`);
  const began = performance.now();
  let rows = 0;
  for await (const slab of client.query(new CopyOut(renderRows('csv', exportSelect(WORKSPACE, REQUEST)).copy)) as AsyncIterable<Slab>) rows += slab.rows;
  const rate = (rows / (performance.now() - began)) * 1_000;
  await client.query('COMMIT');
  return rate;
}

/** Rows per second of a real export, from the worker's first look at it to the complete file, which is deleted again. */
async function orderExport(dataSource: DataSource, patienceMs: number): Promise<number> {
  const within = <T>(sql: string, values: unknown[] = []) => inWorkspace(dataSource, WORKSPACE, (runner) => runner.query(sql, [WORKSPACE, ...values]) as Promise<T>);
  const [{ id }] = await within<[{ id: string }]>('INSERT INTO exports (workspace_id, spec, lease_until) VALUES ($1, $2, now()) RETURNING id', [REQUEST]);
  const row = await until(async () => (await within<ExportRow[]>(`SELECT * FROM exports WHERE workspace_id = $1 AND id = $2 AND status IN ('completed', 'failed')`, [id]))[0], patienceMs, 50);
  if (row?.status !== 'completed' || !row.started_at || !row.finished_at) throw new Error(`the export did not complete: ${row?.error ?? 'no end'}`);
  await within('DELETE FROM exports WHERE workspace_id = $1');
  await dropOrphanChunks(dataSource);
  return (Number(row.rows) / (row.finished_at.getTime() - row.started_at.getTime())) * 1_000;
}

async function prepared(adminUrl: string, events: number): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  await writeHistory(admin, { workspace: WORKSPACE, events, days: DAYS, users: 20_000 });
  // The worker shall do nothing but export.
  await admin.query('TRUNCATE dirty_buckets');
  await admin.query('VACUUM ANALYZE events').finally(() => admin.end());
}

const run = (events: number, wanted: number) => async (context: BenchContext): Promise<Measurement[]> => {
  const { url, adminUrl } = await context.database('exports');
  await prepared(adminUrl, events);
  const worker = await context.app('jobs-worker', url, context.redisUrl());
  const dataSource = await createDataSource(z.object(databaseEnv).parse({ DATABASE_URL: url }), 'bench').initialize();
  const client = new Client({ connectionString: url });
  await client.connect();
  const pid = worker.pid ?? NaN;
  const memory: { before: number; most: number }[] = [];
  const ours = async (): Promise<number> => {
    const seen = { before: residentMb(pid), most: 0 };
    const watch = setInterval(() => (seen.most = Math.max(seen.most, residentMb(pid))), 100);
    const rate = await orderExport(dataSource, 60_000 + events / 5).finally(() => clearInterval(watch));
    memory.push(seen);
    return rate;
  };
  try {
    const rate = await interleaved(context.rounds(wanted), { copy: () => bareCopy(client), ours });
    const growth = memory.slice(1).map(({ before, most }) => most - before);
    return [
      { name: 'COPY (same select) TO STDOUT', value: rate.copy, unit: 'rows/s', note: 'read from the socket and thrown away' },
      { name: 'export', value: rate.ours, unit: 'rows/s', note: 'formulas disarmed, hashed, stored in PostgreSQL, told live' },
      { name: 'export / COPY', value: rate.ours / rate.copy, unit: 'ratio', goal: { atLeast: 0.5 } },
      { name: 'memory of the worker, growth', value: median(growth), unit: 'MB', goal: { atMost: 100 }, note: 'resident, the most of it while an export is written' },
    ];
  } finally {
    await Promise.all([client.end(), dataSource.destroy()]);
    await worker.stop();
  }
};

const title = (events: number): string => `Export of ${events.toLocaleString('en-US')} events of ${DAYS} days as CSV`;
export const exportMillion: Section = { name: 'export', title: title(1_000_000), run: run(1_000_000, 5) };
export const exportTenMillion: Section = { name: 'export-10m', title: title(10_000_000), optIn: true, run: run(10_000_000, 1) };
