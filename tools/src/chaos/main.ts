import { parseArgs } from 'node:util';
import { Arena } from './arena';
import { chaosTable } from './chaos-table';
import { PROMISES } from './promises';
import { runPromise, type ChaosRow } from './run-promise';

const USAGE = `npm run chaos [-- PROMISE ... --seed TEXT --rounds N --short]

Puts the promises of docs/reliability.md to real faults on private servers, and compares what was acknowledged with what is stored and counted.

${PROMISES.map(({ name, says, rounds }) => `  ${name.padEnd(4)} ${says} (${rounds.long} rounds)`).join('\n')}`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string' }, rounds: { type: 'string' }, short: { type: 'boolean', default: false }, help: { type: 'boolean' } } });
  if (values.help) return console.log(USAGE);
  const unknown = positionals.filter((wanted) => !PROMISES.some(({ name }) => name === wanted.toUpperCase()));
  if (unknown.length > 0 || (values.rounds !== undefined && !/^[1-9]\d*$/.test(values.rounds))) throw new Error(`no such promise or number of rounds: ${[...unknown, values.rounds].join(' ')}\n${USAGE}`);
  const chosen = PROMISES.filter(({ name }) => positionals.length === 0 || positionals.some((wanted) => wanted.toUpperCase() === name));
  const seed = values.seed ?? String(Date.now() % 1_000_000);
  console.log(`seed ${seed}`);
  const rows: ChaosRow[] = [];
  for (const promise of chosen) {
    console.log(`${promise.name}: ${promise.says}`);
    const rounds = Number(values.rounds ?? (values.short ? promise.rounds.short : promise.rounds.long));
    const arena = await Arena.start();
    const leave = (): void => void arena.stop().then(() => process.exit(130));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, leave);
    try {
      const row = await runPromise(arena, promise, { seed, rounds });
      rows.push(row);
      console.log(chaosTable([row]));
    } finally {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, leave);
      await arena.stop();
    }
  }
  console.log(`\nseed ${seed}, ${new Date().toISOString().slice(0, 10)}\n${chaosTable(rows)}`);
  if (rows.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
}

main()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    // A promise that did not end in time may still be at work.
    process.exit(1);
  })
  .finally(() => process.connected && process.disconnect());
