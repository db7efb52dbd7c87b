import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../stack/until';
import type { Arena, Part } from './arena';
import { checkLedger } from './check-ledger';
import { Clients } from './clients';
import { ledgerProblems, tallied, type ChaosOutcome, type ChaosPromise, type ChaosRun } from './promise';

const PARTS: readonly Part[] = ['analytics-api', 'jobs-worker', 'websocket-gateway', 'redis', 'postgres'];

/** Kills, waits a moment, and brings back: servers first, as an operator would. Gives the moment at which the victims were gone. */
export async function killAndRevive(arena: Arena, victims: readonly Part[], pauseMs: number): Promise<number> {
  await Promise.all(victims.map((part) => arena.kill(part)));
  const gone = performance.now();
  await sleep(pauseMs);
  for (const part of victims.filter((name) => name === 'postgres' || name === 'redis')) await arena.revive(part);
  await Promise.all(victims.filter((name) => name !== 'postgres' && name !== 'redis').map((part) => arena.revive(part)));
  return gone;
}

export interface KillRun extends ChaosRun {
  /** Where clients send; default: the API. */
  url?: () => string;
  parts?: readonly Part[];
}

/** Random kills under load; used for the promise and for the sabotaged services that must be found out. */
export async function killUnderLoad({ arena, random, seed, rounds, doing, url = () => arena.api, parts = PARTS }: KillRun): Promise<ChaosOutcome> {
  const workspace = `chaos-${seed}`;
  const clients = await new Clients({ url, workspace, seed }).start();
  const killed: Part[] = [];
  let recoveryMs = 0;
  try {
    for (let round = 0; round < rounds; round += 1) {
      await sleep(random.integer(50, 600));
      // Each in turn, so that a short run has all of them; now and then two at once.
      const first = parts[round % parts.length] as Part;
      const victims = [...new Set([first, ...(random.chance(0.2) ? [random.pick(parts)] : [])])];
      doing(`round ${round + 1}: kill -9 of ${victims.join(', ')}`);
      const gone = await killAndRevive(arena, victims, random.integer(0, 300));
      killed.push(...victims);
      recoveryMs = Math.max(recoveryMs, (await until(() => clients.firstAfter(gone), 60_000, 20)) ?? Number.POSITIVE_INFINITY);
    }
  } finally {
    doing('the last requests');
    await clients.stop();
  }
  doing('the comparison');
  const ledger = await checkLedger(arena, workspace, clients);
  const problems = ledgerProblems(ledger);
  if (recoveryMs === Number.POSITIVE_INFINITY) problems.push('nothing was acknowledged any more within a minute of a kill');
  return { faults: tallied('kill -9', killed), ledger, recoveryMs, problems };
}

export const killed: ChaosPromise = {
  name: 'G1',
  says: 'an acknowledged event is never lost and is counted once, whoever is killed',
  rounds: { short: PARTS.length, long: 200 },
  roundSeconds: 30,
  run: killUnderLoad,
};
