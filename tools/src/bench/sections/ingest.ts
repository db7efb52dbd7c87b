import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { BenchContext } from '../bench-context';
import { BATCH, httpIngest, perSecond, Rounds } from '../http-ingest';
import type { Measurement } from '../measurement';
import { copyFile, csvOf, rawInsert } from '../raw-insert';
import { interleaved } from '../rounds';
import { batchesOf } from '../sample-events';
import type { Section } from '../section';

const ROUNDS = 5;
const CLIENTS = 4;

const rawIngest = (client: Client, rounds: Rounds, workspace: string) => () => {
  const batches = batchesOf(rounds.next(workspace), BATCH);
  return perSecond(async () => {
    for (const batch of batches) await rawInsert(client, workspace, batch);
  });
};

const copyIngest = (client: Client, rounds: Rounds, folder: string) => async () => {
  const file = join(folder, 'copy.csv');
  writeFileSync(file, csvOf('copied', rounds.next('copied')));
  chmodSync(file, 0o644);
  const rate = await perSecond(() => copyFile(client, file));
  rmSync(file);
  return rate;
};

async function run(context: BenchContext): Promise<Measurement[]> {
  const { url, adminUrl } = await context.database('ingest');
  const redisUrl = context.redisUrl();
  const api = await context.app('analytics-api', url, redisUrl);
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const rounds = new Rounds();
    const rate = await interleaved(context.rounds(ROUNDS), {
      raw: rawIngest(client, rounds, 'raw'),
      one: await httpIngest(api.url, rounds, 'http-one', 1),
      many: await httpIngest(api.url, rounds, 'http-many', CLIENTS),
      copy: copyIngest(client, rounds, context.folder),
    });
    const worker = await context.app('jobs-worker', url, redisUrl);
    const busy = await interleaved(context.rounds(3), { many: await httpIngest(api.url, rounds, 'http-busy', CLIENTS) }).finally(() => worker.stop());
    return [
      { name: 'raw: one connection, unnest + ON CONFLICT + mark', value: rate.raw, unit: 'rows/s', note: 'as superuser, so without row-level security' },
      { name: 'COPY from a file', value: rate.copy, unit: 'rows/s', note: 'not idempotent, no mark' },
      { name: 'HTTP, 1 client', value: rate.one, unit: 'rows/s' },
      { name: `HTTP, ${CLIENTS} clients`, value: rate.many, unit: 'rows/s' },
      { name: `HTTP, ${CLIENTS} clients, worker rolling up beside`, value: busy.many, unit: 'rows/s' },
      { name: `HTTP, ${CLIENTS} clients / raw`, value: rate.many / rate.raw, unit: 'ratio', goal: { atLeast: 0.6 } },
      { name: 'HTTP, 1 client / raw', value: rate.one / rate.raw, unit: 'ratio' },
    ];
  } finally {
    await client.end();
    await api.stop();
  }
}

export const ingest: Section = { name: 'ingest', title: `Ingest in batches of ${BATCH.toLocaleString('en-US')}, all telemetry on`, run };
