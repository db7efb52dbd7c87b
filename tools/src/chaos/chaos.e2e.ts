import { Arena } from './arena';
import { chaosTable } from './chaos-table';
import { checkLedger } from './check-ledger';
import { Clients } from './clients';
import { killUnderLoad } from './g01-killed';
import { PROMISES } from './promises';
import { SeededRandom } from '../demo/seeded-random';
import { runPromise } from './run-promise';
import { EarlyAcknowledgement } from './sabotage/early-acknowledgement';
import { TwoTransactions } from './sabotage/two-transactions';

/** Printed with the result; the long forms are `npm run chaos`. */
const SEED = process.env.SEED ?? new Date().toISOString().slice(0, 10);
/** The machine of the tests does other things besides. */
const LENIENCY = 4;
const IN_SHORT = ['G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'G9', 'G10', 'G13'];

let arena: Arena;
beforeAll(async () => {
  arena = await Arena.start();
}, 180_000);
afterAll(() => arena?.stop(), 120_000);

describe('the checker finds out', () => {
  const killOnce = (seed: string, url: string) => killUnderLoad({ arena, seed, random: new SeededRandom(seed), rounds: 1, leniency: LENIENCY, parts: ['postgres'], url: () => url });
  /** One kill may miss the moment at which the service can be caught; one of ten does not. */
  const sabotaged = async (name: string, url: string) => {
    let outcome = await killOnce(`${name}-${SEED}`, url);
    for (let again = 1; again < 10 && outcome.ledger?.lost === 0; again += 1) outcome = await killOnce(`${name}-${SEED}-${again}`, url);
    return outcome;
  };

  it('a service that acknowledges before it commits', async () => {
    const service = await EarlyAcknowledgement.start(() => arena.api);
    const { ledger, problems } = await sabotaged('early', service.url).finally(() => service.stop());
    expect(ledger?.lost).toBeGreaterThan(0);
    expect(problems.join()).toContain('lost');
  }, 180_000);

  it('a service that stores and marks in two transactions', async () => {
    const service = await TwoTransactions.start(arena.ownerUrl);
    const { ledger } = await sabotaged('two', service.url).finally(() => service.stop());
    expect(ledger?.lost).toBeGreaterThan(0);
  }, 180_000);

  it('an event that is counted twice, one that nobody sent, and a wrong sum', async () => {
    const workspace = `checker-${SEED}`;
    const clients = new Clients({ url: () => arena.api, workspace, seed: workspace });
    await clients.start();
    await clients.stop();
    expect(await checkLedger(arena, workspace, clients)).toMatchObject({ lost: 0, double: 0, ghosts: 0, wrongSums: 0 });
    const some = `(workspace_id, bucket, kind) = (SELECT workspace_id, bucket, kind FROM rollup_15m WHERE workspace_id = $1 LIMIT 1)`;
    await arena.sql(`UPDATE rollup_15m SET events = events + 2, credits = credits + 1 WHERE ${some}`, [workspace]);
    const [ghost] = clients.sent;
    expect(await checkLedger(arena, workspace, { sent: new Set([...clients.sent].slice(1)), acknowledged: clients.acknowledged })).toMatchObject({ double: 2, ghosts: ghost ? 1 : 0, wrongSums: 1 });
  }, 90_000);
});

it.each(PROMISES.filter(({ name }) => IN_SHORT.includes(name)))('$name: $says', async (promise) => {
  const row = await runPromise(arena, promise, { seed: SEED, rounds: promise.rounds.short, leniency: LENIENCY });
  // Shown when it fails: what to run again.
  expect({ seed: SEED, table: chaosTable([row]), problems: row.problems }).toMatchObject({ problems: [] });
}, 180_000);
