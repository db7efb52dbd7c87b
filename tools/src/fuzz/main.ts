import { parseArgs } from 'node:util';
import { Arena } from '../chaos/arena';
import { demoToken } from '../token/demo-token';
import { fuzzApi } from './fuzz-api';
import { fuzzJobs } from './fuzz-jobs';
import { fuzzLive } from './fuzz-live';

const USAGE = `npm run fuzz [-- --runs N --seed N]   N bad inputs (default 10,000): nine tenths REST by the OpenAPI document, the rest live frames and job payloads`;

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
  const target = async (app: 'analytics-api' | 'websocket-gateway') => ({ url: arena.stack.urls[app], workspace: 'fuzz', token: await demoToken({ workspace: 'fuzz', role: 'owner', operator: true }) });
  const began = performance.now();
  try {
    const told = await fuzzApi(await target('analytics-api'), { runs: runs - 2 * some, seed });
    const stored = (await arena.sql<{ n: number }>('SELECT count(*)::int AS n FROM events'))[0]?.n ?? 0;
    if (stored > told) throw new Error(`${stored} events are stored, and the answers told of ${told}`);
    console.log(`${runs - 2 * some} requests: no 5xx, no hang, no leak; nothing stored of what was refused`);
    await fuzzLive(await target('websocket-gateway'), { runs: some, seed });
    console.log(`${some} live sockets: all answered or closed with a code of ours`);
    await fuzzJobs(arena.redis.url(), { runs: some, seed, patienceMs: 600_000 });
    console.log(`${some} job payloads: none is left waiting`);
    console.log(`memory of the API afterwards: ${arena.residentMb('analytics-api').toFixed(0)} MB; ${((performance.now() - began) / 1_000).toFixed(0)} s`);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, leave);
    await arena.stop();
  }
}

main()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  })
  .finally(() => process.connected && process.disconnect());
