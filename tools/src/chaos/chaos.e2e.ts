import { Arena } from './arena';
import { VALUE_COLUMNS } from './brute-force';
import { chaosTable } from './chaos-table';
import { checkLedger, compareRollups } from './check-ledger';
import { Clients } from './clients';
import { PROMISES } from './promises';
import { runPromise } from './run-promise';
import { runSabotage, sabotageTable } from './sabotage/run-sabotage';
import { SABOTAGES } from './sabotage/sabotages';

/** Printed with the result; the long forms are `npm run chaos`. */
const SEED = process.env.SEED ?? new Date().toISOString().slice(0, 10);
/** The machine of the tests does other things besides. */
const LENIENCY = 2;
/** Of all that this file does, together. */
const MOST_SECONDS = 480;
const IN_SHORT = ['G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'G9', 'G10', 'G13'];

const began = performance.now();
let arena: Arena;
beforeAll(async () => {
  arena = await Arena.start();
}, 180_000);
afterAll(() => arena?.stop(), 120_000);

/** The figures of one row, and how to change any of them. */
const KEPT = { rollup_15m: VALUE_COLUMNS, rollup_day_dim: VALUE_COLUMNS, active_days: ['dau', 'wau', 'mau'] } as const;
const KEYS = { rollup_15m: 'bucket, kind', rollup_day_dim: 'day, dimension, key', active_days: 'day' };
const oneOf = (table: string, keys: string): string => `workspace_id = $1 AND (${keys}) = (SELECT ${keys} FROM ${table} WHERE workspace_id = $1 ORDER BY ${keys} LIMIT 1)`;

/** The columns that differ from the raw events after a statement, which is undone. */
async function wrongAfter(of: Arena, workspace: string, spoil: string): Promise<string[]> {
  const [table] = /(?<=UPDATE )\w+/.exec(spoil) as RegExpExecArray;
  await of.sql(`CREATE TABLE spared AS SELECT * FROM ${table} WHERE workspace_id = $1`, [workspace]);
  await of.sql(spoil, [workspace]);
  const counts = await compareRollups(of, workspace);
  await of.sql(`DELETE FROM ${table} WHERE workspace_id = $1`, [workspace]);
  await of.sql(`INSERT INTO ${table} SELECT * FROM spared`);
  await of.sql('DROP TABLE spared');
  return Object.entries(counts).flatMap(([name, n]) => (n > 0 ? [name] : []));
}

function wrongAfterSpoiling(of: Arena, workspace: string, table: string, column: string): Promise<string[]> {
  const other = { duration_bins: 'duration_bins || 281', duration_counts: 'duration_counts || 1::bigint' }[column] ?? `${column} + 1`;
  return wrongAfter(of, workspace, `UPDATE ${table} SET ${column} = ${other} WHERE ${oneOf(table, KEYS[table as keyof typeof KEYS])}`);
}

describe('the checker finds out', () => {
  it.each(SABOTAGES)('a part that $says', async (sabotage) => {
    const finding = await runSabotage(arena, sabotage, SEED);
    console.log(`seed ${SEED}\n${sabotageTable([finding])}`);
    expect(finding).toMatchObject({ caught: true });
  }, 300_000);

  it('an event that is counted twice, one that nobody sent, one that was altered, and a wrong figure in every column of every rollup', async () => {
    const workspace = `checker-${SEED}`;
    const clients = await new Clients({ url: () => arena.api, workspace, seed: workspace }).start();
    await clients.stop();
    const told = await checkLedger(arena, workspace, clients);
    expect(told).toMatchObject({ lost: 0, double: 0, ghosts: 0, altered: 0, wrong: '' });
    expect(told.settledDays).toBeGreaterThan(5);
    for (const [table, columns] of Object.entries(KEPT)) for (const column of columns) expect(await wrongAfterSpoiling(arena, workspace, table, column)).toContain(`${table}.${column}`);
    for (const chunk of ["bits | set_bit(B'0'::bit(32768), 9999, 1)", "B'0'::bit(32768)"]) expect(await wrongAfter(arena, workspace, `UPDATE active_bits SET bits = ${chunk} WHERE workspace_id = $1`)).toEqual(['active_users.bits']);
    await arena.sql(`UPDATE rollup_15m SET events = events + 2 WHERE ${oneOf('rollup_15m', 'bucket, kind')}`, [workspace]);
    await arena.sql(`UPDATE events SET model = 'another' WHERE ${oneOf('events', 'time, event_id')}`, [workspace]);
    expect(await checkLedger(arena, workspace, { sent: new Map([...clients.sent].slice(1)), acknowledged: clients.acknowledged })).toMatchObject({ lost: 0, double: 2, ghosts: 1, altered: 1 });
  }, 90_000);
});

describe('the short form of', () => {
  it.each(PROMISES.filter(({ name }) => IN_SHORT.includes(name)))('$name: $says', async (promise) => {
    const row = await runPromise(arena, promise, { seed: SEED, rounds: promise.rounds.short, leniency: LENIENCY });
    // The seed is what it takes to run the same again.
    console.log(`seed ${SEED}\n${chaosTable([row])}`);
    expect(row.problems).toEqual([]);
  }, 900_000);

  it('all of it takes 8 minutes at most', () => {
    const seconds = (performance.now() - began) / 1_000;
    console.log(`${seconds.toFixed(0)} s`);
    expect(seconds).toBeLessThan(MOST_SECONDS);
  });
});
