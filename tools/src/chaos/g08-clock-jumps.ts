import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppProcess } from '../stack/app-process';
import { request } from '../testing/json-request';
import { checkLedger } from './check-ledger';
import { Clients } from './clients';
import { ledgerProblems, type ChaosPromise } from './promise';

/** Where Debian's package `faketime` puts the library, for the architectures that it is made for. */
const LIBRARIES = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((place) => `/usr/lib/${place}/faketime/libfaketimeMT.so.1`);
/** Seconds; by some of them events that are sent now are in the future for the application. */
const JUMPS = [-7_200, -600, -60, -1, 1, 60, 600, 7_200];
const JUMP_MS = 700;

/** A clock that can be set while the process runs; the monotonic one goes on, as it does when a real clock is set. */
function fakeClock(file: string): { env: NodeJS.ProcessEnv; set(seconds: number): void } {
  const library = LIBRARIES.find((path) => existsSync(path));
  if (!library) throw new Error("a clock of our own to set needs Debian's package faketime");
  const set = (seconds: number): void => writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}`);
  set(0);
  return { env: { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' }, set };
}

/** Sums of durations below zero in an application's metrics, and durations below zero in its log. */
async function negativeDurations(app: AppProcess): Promise<string[]> {
  const { text } = await request(`${app.url}/metrics`);
  const sums = text.split('\n').filter((line) => /^[a-z_]+_seconds_sum\S* -/.test(line));
  return [...sums, ...(readFileSync(app.logFile, 'utf8').match(/"[a-z_]*duration[a-z_]*":-[\d.]+/g) ?? [])];
}

/** How often the time of a log line is a half minute or more off that of the line before: proof that the clock did jump. */
function jumpsSeen(app: AppProcess): number {
  const times = [...readFileSync(app.logFile, 'utf8').matchAll(/"timestamp":"([^"]+)"/g)].map(([, time]) => Date.parse(String(time)));
  return times.filter((time, index) => index > 0 && Math.abs(time - (times[index - 1] as number)) >= 30_000).length;
}

export const clockJumps: ChaosPromise = {
  name: 'G8',
  says: 'a clock that jumps in one process corrupts nothing',
  rounds: { short: 4, long: 100 },
  roundSeconds: 10,
  async run({ arena, seed, random, rounds }) {
    const workspace = `chaos-${seed}`;
    const clock = fakeClock(join(arena.dataDir, 'clock'));
    const [api, worker] = [await arena.replica('analytics-api', clock.env), await arena.replica('jobs-worker', clock.env)];
    const clients = await new Clients({ url: () => api.url, workspace, seed, pauseMs: 20 }).start();
    try {
      for (let round = 0; round < rounds; round += 1) {
        clock.set(random.pick(JUMPS));
        await sleep(JUMP_MS);
        clock.set(0);
        await sleep(random.integer(0, JUMP_MS));
      }
    } finally {
      clock.set(0);
      await clients.stop();
    }
    const ledger = await checkLedger(arena, workspace, clients);
    const negative = [...(await negativeDurations(api)), ...(await negativeDurations(worker))];
    const seen = [jumpsSeen(api), jumpsSeen(worker)];
    const problems = ledgerProblems(ledger);
    if (seen.includes(0)) problems.push('a clock never jumped');
    if (negative.length > 0) problems.push(`${negative.length} negative durations, such as ${negative[0]}`);
    return { faults: `clock of API and worker set ${rounds} x`, ledger, figures: `${clients.failures.length} of ${clients.attempts.length} requests refused or failed and repeated; steps of 30 s or more in the logs: API ${seen[0]}, worker ${seen[1]}; ${negative.length} negative durations`, problems };
  },
};
