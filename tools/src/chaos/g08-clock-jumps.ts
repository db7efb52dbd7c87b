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
const LONGEST_MS = 60_000;

/** A clock that can be set while the process runs; the monotonic one goes on, as it does when a real clock is set. */
function fakeClock(file: string): { env: NodeJS.ProcessEnv; set(seconds: number): void } {
  const library = LIBRARIES.find((path) => existsSync(path));
  if (!library) throw new Error("a clock of our own to set needs Debian's package faketime");
  const set = (seconds: number): void => writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}`);
  set(0);
  return { env: { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' }, set };
}

/** Durations that a clock that jumped made up, in an application's metrics and log: below zero, or longer than all that was done here can take. */
async function impossibleDurations(app: AppProcess): Promise<string[]> {
  const lines = (await request(`${app.url}/metrics`)).text.split('\n');
  const log = readFileSync(app.logFile, 'utf8');
  const logged = [...log.matchAll(/"(\w*duration\w*|delay)_ms":(-?[\d.]+)/g)].filter(([, , ms]) => Number(ms) < 0 || Number(ms) > LONGEST_MS).map(([text]) => text);
  return [...lines.filter((line) => /^[a-z_]+_seconds_sum\S* -/.test(line)), ...tooLong(lines), ...logged];
}

/** Histograms of seconds in which something lies above the last bound that is not less than a minute; a negative observation may hide in a sum, one that is far too long does not hide here. */
function tooLong(lines: readonly string[]): string[] {
  const series = Map.groupBy(
    lines.flatMap((line) => {
      const [, name, labels = '', bound, count] = /^(\w+_seconds)_bucket\{(.*?),?le="([^"]+)"[^}]*\} (\d+)/.exec(line) ?? [];
      return name ? [{ key: `${name}{${labels}}`, bound: bound === '+Inf' ? Infinity : Number(bound), count: Number(count) }] : [];
    }),
    ({ key }) => key,
  );
  return [...series].flatMap(([key, buckets]) => {
    const all = buckets.find(({ bound }) => bound === Infinity)?.count ?? 0;
    // What has no bound of a minute or more is judged by its last one: nothing here takes so long either.
    const within = Math.max(...buckets.filter(({ bound }) => bound < Infinity).map(({ count }) => count));
    return all > within ? [`${key} ${all - within} x`] : [];
  });
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
  async run({ arena, seed, random, rounds, doing }) {
    const workspace = `chaos-${seed}`;
    const clock = fakeClock(join(arena.dataDir, 'clock'));
    const [api, worker] = [await arena.replica('analytics-api', clock.env), await arena.replica('jobs-worker', clock.env)];
    const clients = await new Clients({ url: () => api.url, workspace, seed, pauseMs: 20 }).start();
    try {
      for (let round = 0; round < rounds; round += 1) {
        doing(`round ${round + 1}`);
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
    const impossible = [...(await impossibleDurations(api)), ...(await impossibleDurations(worker))];
    const seen = [jumpsSeen(api), jumpsSeen(worker)];
    const problems = ledgerProblems(ledger);
    if (seen.includes(0)) problems.push('a clock never jumped');
    if (impossible.length > 0) problems.push(`${impossible.length} durations below zero or above a minute, such as ${impossible.slice(0, 3).join(', ')}`);
    return { faults: `clock of API and worker set ${rounds} x`, ledger, figures: `${clients.failures.length} of ${clients.attempts.length} requests refused or failed and repeated; steps of 30 s or more in the logs: API ${seen[0]}, worker ${seen[1]}; ${impossible.length} durations below zero or above a minute`, problems };
  },
};
