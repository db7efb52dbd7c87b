import { setTimeout as sleep } from 'node:timers/promises';
import type { FlakyLink } from '@shadower/redis/testing';
import { until } from '../stack/until';
import { checkLedger } from './check-ledger';
import { Clients } from './clients';
import { ledgerProblems, tallied, type ChaosPromise } from './promise';
import { TelemetrySinks } from './telemetry-sinks';
import { Visitors } from './visitors';

type Place = 'postgres' | 'redis' | 'otlp' | 'sentry';
const ANSWER_MS = 5_000;
/** The exporter of traces tries again more and more seldom. */
const ARRIVES_MS = 60_000;
/** What lets nothing through lasts longer than an answer may take: who waits for its end is seen to hang. */
const [LONG_MS, SHORT_MS] = [7_000, 2_000];
/** However lenient: the first requests under a long fault may not outlast it. */
const HANG_MS = LONG_MS - 500;

interface Fault {
  name: string;
  ms: number;
  apply(link: FlakyLink): void;
}
const FAULTS: readonly Fault[] = [
  { name: 'cut', ms: SHORT_MS, apply: (link) => link.cut() },
  { name: 'black hole', ms: LONG_MS, apply: (link) => link.hang() },
  { name: '300 ms late', ms: SHORT_MS, apply: (link) => void (link.delayMs = 300) },
  { name: '1 byte/s', ms: LONG_MS, apply: (link) => void (link.bytesPerSecond = 1) },
];

/** Which links get a fault: in eight rounds a server and a receiver of telemetry at once, in the next eight servers alone, in the eight after those receivers alone. */
const SWEEPS = [
  [['postgres', 'otlp'], ['redis', 'sentry']],
  [['postgres'], ['redis']],
  [['otlp'], ['sentry']],
] as const;
const roundOf = (round: number): { places: readonly Place[]; fault: Fault } => ({ places: (SWEEPS[Math.floor(round / 8) % 3] as (typeof SWEEPS)[0])[round % 2] as readonly Place[], fault: FAULTS[(round >> 1) % 4] as Fault });

/** Whether more than `before` came to both receivers in time. */
const more = async (sinks: TelemetrySinks, before: TelemetrySinks['taken']): Promise<boolean> =>
  (await until(() => (sinks.taken.otlp > before.otlp && sinks.taken.sentry > before.sentry ? true : undefined), ARRIVES_MS, 200)) === true;

export const badNetwork: ChaosPromise = {
  name: 'G6',
  says: 'a cut, half-open or crawling network hangs no request and loses nothing',
  rounds: { short: 8, long: 168 },
  roundSeconds: 45,
  async run({ arena, seed, rounds, leniency, doing }) {
    const workspace = `chaos-${seed}`;
    const sinks = await TelemetrySinks.start();
    const api = await arena.replica('analytics-api', sinks.env);
    const links: Record<Place, FlakyLink> = { ...arena.links, otlp: sinks.otlp, sentry: sinks.sentry };
    const done: string[] = [];
    const clients = await new Clients({ url: () => api.url, workspace, seed, pauseMs: 20 }).start();
    const visitors = new Visitors(api.url, workspace);
    let recoveryMs = 0;
    const problems: string[] = [];
    try {
      if (!(await more(sinks, { otlp: 0, sentry: 0 }))) problems.push('no telemetry arrived before the first fault');
      for (let round = 0; round < rounds; round += 1) {
        const { places, fault } = roundOf(round);
        doing(`round ${round + 1}: ${fault.name} before ${places.join(' and ')}`);
        for (const place of places) fault.apply(links[place]);
        await sleep(fault.ms);
        for (const place of places) links[place].open();
        done.push(...places.map((place) => `${place} ${fault.name}`));
        const at = performance.now();
        recoveryMs = Math.max(recoveryMs, (await until(() => clients.firstAfter(at), 30_000)) ?? Number.POSITIVE_INFINITY);
      }
      doing('telemetry after the last fault');
      if (!(await more(sinks, sinks.taken))) problems.push('no telemetry arrived after the last fault');
    } finally {
      for (const link of Object.values(links)) link.open();
      await Promise.all([clients.stop(), visitors.stop()]);
    }
    const ledger = await checkLedger(arena, workspace, clients);
    const how = await api.stop();
    await sinks.stop();
    const answers = [...clients.attempts, ...(await visitors.stop())];
    // There may be more of them than a call takes arguments.
    const slowest = answers.reduce((most, { ms }) => Math.max(most, ms), 0);
    const unclear = answers.filter(({ status }) => ![200, 201, 503].includes(status));
    problems.push(...ledgerProblems(ledger));
    if (slowest > Math.min(ANSWER_MS * leniency, HANG_MS)) problems.push(`an answer took ${slowest.toFixed(0)} ms`);
    if (unclear.length > 0) problems.push(`${unclear.length} answers were neither good nor a 503, such as ${JSON.stringify(unclear[0])}`);
    if (recoveryMs === Number.POSITIVE_INFINITY) problems.push('nothing was acknowledged any more within 30 s of a fault');
    if (!how.includes('code 0')) problems.push(`the API ${how}`);
    return { faults: tallied('network', done), ledger, recoveryMs, figures: `${answers.length} requests, slowest answer ${slowest.toFixed(0)} ms, ${answers.filter(({ status }) => status === 503).length} x 503; ${sinks.taken.otlp} exports and ${sinks.taken.sentry} envelopes arrived`, problems };
  },
};
