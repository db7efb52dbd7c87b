import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../../demo/seeded-random';
import { until } from '../../stack/until';
import { newTable } from '../../terminal/new-table';
import type { Arena } from '../arena';
import { checkLedger } from '../check-ledger';
import { Clients } from '../clients';
import type { Sabotage } from './sabotages';

/** One moment may miss the window in which it can be caught; one of ten does not. */
const MOST_TRIES = 10;
const CALM_MS = 1_000;

/** Of one sabotage: what the checker found without a fault, and with it. */
export interface Finding {
  name: string;
  says: string;
  calm: { lost: number; double: number };
  lost: number;
  double: number;
  tries: number;
  /** Nothing was wrong without the fault, and something with it. */
  caught: boolean;
}

async function attempt(arena: Arena, sabotage: Sabotage, seed: string, withFault: boolean): Promise<{ lost: number; double: number }> {
  const [workspace, random] = [`sabotage-${seed}`, new SeededRandom(seed)];
  const saboteur = await sabotage.start(arena, workspace);
  let stopped: Promise<unknown> | undefined;
  const stop = (): Promise<unknown> => (stopped ??= saboteur.stop());
  try {
    const clients = await new Clients({ url: () => saboteur.url(), workspace, seed, count: 4, pauseMs: 30 }).start();
    await sleep(random.integer(CALM_MS / 2, CALM_MS));
    if (withFault) await saboteur.fault(random);
    await clients.stop();
    await until(async () => (await saboteur.idle()) || undefined, 60_000, 100);
    await stop();
    const { lost, double } = await checkLedger(arena, workspace, clients, { days: false });
    return { lost, double };
  } finally {
    await stop();
  }
}

/** Puts a sabotaged part to its fault until the checker finds it out, and once to none. */
export async function runSabotage(arena: Arena, sabotage: Sabotage, seed: string): Promise<Finding> {
  const { name, says } = sabotage;
  const calm = await attempt(arena, sabotage, `${name}-${seed}-calm`, false);
  let [found, tries] = [{ lost: 0, double: 0 }, 0];
  while (tries < MOST_TRIES && found.lost + found.double === 0) found = await attempt(arena, sabotage, `${name}-${seed}-${(tries += 1)}`, true);
  return { name, says, calm, ...found, tries, caught: calm.lost + calm.double === 0 && found.lost + found.double > 0 };
}

export function sabotageTable(findings: readonly Finding[]): string {
  const table = newTable({ head: ['sabotage', 'what it does', 'lost or double without the fault', 'lost', 'double', 'tries', ''] });
  for (const { name, says, calm, lost, double, tries, caught } of findings) table.push([name, says, calm.lost + calm.double, lost, double, tries, caught ? 'caught' : 'NOT CAUGHT']);
  return table.toString();
}
