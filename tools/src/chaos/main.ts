import { parseArgs } from 'node:util';
import { Arena } from './arena';
import { chaosTable } from './chaos-table';
import { PROMISES } from './promises';
import { runPromise, type ChaosRow } from './run-promise';
import { runSabotage, sabotageTable, type Finding } from './sabotage/run-sabotage';
import { SABOTAGES } from './sabotage/sabotages';

const USAGE = `npm run chaos [-- PROMISE ... --seed TEXT --rounds N --short]
npm run chaos -- sabotage [--seed TEXT]

Puts the promises of docs/reliability.md to real faults on private servers, and compares what was acknowledged with what is stored and counted.
\`sabotage\` puts parts that break a promise to the same faults: the comparison must find every one of them out.

${PROMISES.map(({ name, says, rounds }) => `  ${name.padEnd(4)} ${says} (${rounds.long} rounds)`).join('\n')}`;

/** On a system of its own, which is gone afterwards, also when a person interrupts. */
async function inArena<T>(work: (arena: Arena) => Promise<T>): Promise<T> {
  const arena = await Arena.start();
  const leave = (): void => void arena.stop().then(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, leave);
  try {
    return await work(arena);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, leave);
    await arena.stop();
  }
}

/** Whether each was found out. */
async function sabotage(seed: string): Promise<boolean> {
  const findings = await inArena(async (arena) => {
    const found: Finding[] = [];
    for (const each of SABOTAGES) {
      console.log(`${each.name}: ${each.says}`);
      found.push(await runSabotage(arena, each, seed));
    }
    return found;
  });
  console.log(`\nseed ${seed}, ${new Date().toISOString().slice(0, 10)}\n${sabotageTable(findings)}`);
  return findings.every(({ caught }) => caught);
}

/** Whether each was kept. `rounds`: default: as many as the form has. */
async function promises(names: readonly string[], { seed, rounds, short }: { seed: string; rounds?: number; short: boolean }): Promise<boolean> {
  const rows: ChaosRow[] = [];
  for (const promise of PROMISES.filter(({ name }) => names.length === 0 || names.includes(name))) {
    console.log(`${promise.name}: ${promise.says}`);
    const row = await inArena((arena) => runPromise(arena, promise, { seed, rounds: rounds ?? (short ? promise.rounds.short : promise.rounds.long) }));
    rows.push(row);
    console.log(chaosTable([row]));
  }
  console.log(`\nseed ${seed}, ${new Date().toISOString().slice(0, 10)}\n${chaosTable(rows)}`);
  return rows.every(({ problems }) => problems.length === 0);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string' }, rounds: { type: 'string' }, short: { type: 'boolean', default: false }, help: { type: 'boolean' } } });
  if (values.help) return console.log(USAGE);
  const names = positionals.map((name) => name.toUpperCase());
  const alone = names.length === 1 && names[0] === 'SABOTAGE';
  const unknown = names.filter((wanted) => !PROMISES.some(({ name }) => name === wanted));
  if (!alone && (unknown.length > 0 || (values.rounds !== undefined && !/^[1-9]\d*$/.test(values.rounds)))) throw new Error(`no such promise or number of rounds: ${[...unknown, values.rounds].join(' ')}\n${USAGE}`);
  const seed = values.seed ?? String(Date.now() % 1_000_000);
  console.log(`seed ${seed}`);
  const good = alone ? await sabotage(seed) : await promises(names, { seed, rounds: values.rounds === undefined ? undefined : Number(values.rounds), short: values.short });
  if (!good) process.exitCode = 1;
}

main()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    // A promise that did not end in time may still be at work.
    process.exit(1);
  })
  .finally(() => process.connected && process.disconnect());
