import { parseArgs } from 'node:util';
import { Pool } from 'pg';
import { Arena } from '../chaos/arena';
import { demoToken } from '../token/demo-token';
import { passwordsIn } from './findings';
import { fuzzApi } from './fuzz-api';
import { fuzzJobs } from './fuzz-jobs';
import { fuzzLive } from './fuzz-live';
import { fuzzRaw } from './fuzz-raw';
import { STORED, type Sql } from './tenant';

const USAGE = `npm run fuzz [-- --runs N --seed N]   N bad inputs (default 10,000): seventeen twentieths REST by the OpenAPI document, the rest texts that are perhaps no HTTP, conversations on live sockets, and job payloads`;

/** With so many requests each operation is done at least once. */
const ENOUGH = 4_000;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '10000' }, seed: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help) return console.log(USAGE);
  const [runs, seed] = [Number(values.runs), Number(values.seed ?? Date.now() % 2 ** 31)];
  if (!Number.isInteger(runs) || runs < 10 || !Number.isInteger(seed)) throw new Error(USAGE);
  console.log(`${runs} bad inputs, seed ${seed}`);
  const arena = await Arena.start();
  const leave = (): void => void arena.stop().then(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, leave);
  const some = Math.ceil(runs / 20);
  const secrets = new Set(passwordsIn(arena.ownerUrl, arena.postgres.appUrl('shadower'), arena.redis.url()));
  const token = (workspace: string): Promise<string> => demoToken({ workspace, role: 'owner', operator: true });
  const owner = new Pool({ connectionString: arena.ownerUrl, max: 4 });
  const sql: Sql = async <Row>(text: string, values: unknown[] = []) => (await owner.query(text, values)).rows as Row[];
  const began = performance.now();
  try {
    const { stored, undone } = await fuzzApi({ url: arena.api, sql, token, secrets }, { runs: runs - 3 * some, seed });
    const kept = (await sql<{ n: number }>(STORED))[0]?.n ?? 0;
    if (kept > stored) throw new Error(`${kept} events are stored, and the answers told of ${stored}`);
    if (undone.length > 0 && runs >= ENOUGH) throw new Error(`nothing was done by ${undone.join(', ')}`);
    console.log(`${runs - 3 * some} requests: no 5xx, no hang, no leak; no change by what was refused`);
    await fuzzRaw({ url: arena.api, token: await token('fuzz'), secrets }, { runs: some, seed, patienceMs: 20_000 });
    console.log(`${some} texts that are perhaps no HTTP: all refused with a problem, or answered`);
    const subscribed = await fuzzLive({ url: arena.stack.urls['websocket-gateway'], workspace: 'fuzz', token: await token('fuzz'), secrets }, { runs: some, seed });
    console.log(`${some} live sockets, ${subscribed} subscriptions: all answered or closed with a code of ours`);
    await fuzzJobs(arena.redis.url(), sql, { runs: some, seed, patienceMs: 600_000 });
    console.log(`${some} job payloads: the wrong ones kept with their reason, the right ones done`);
    console.log(`memory of the API afterwards: ${arena.residentMb('analytics-api').toFixed(0)} MB; ${((performance.now() - began) / 1_000).toFixed(0)} s`);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, leave);
    await owner.end();
    await arena.stop();
  }
}

main()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    // What was wrong; the message tells the smallest case of it.
    if (error instanceof Error && error.cause instanceof Error) console.error(error.cause.message);
    process.exitCode = 1;
  })
  .finally(() => process.connected && process.disconnect());
