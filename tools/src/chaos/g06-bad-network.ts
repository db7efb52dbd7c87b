import { setTimeout as sleep } from 'node:timers/promises';
import type { FlakyLink } from '@shadower/redis/testing';
import { until } from '../stack/until';
import { checkLedger } from './check-ledger';
import { Clients } from './clients';
import { ledgerProblems, tallied, type ChaosPromise } from './promise';
import { startSinks } from './telemetry-sinks';
import { Visitors } from './visitors';

const ANSWER_MS = 5_000;
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

/** PostgreSQL and Redis get every fault in eight rounds, the two receivers of telemetry in the eight that follow. */
const roundOf = <T>(round: number, links: readonly T[]): { link: T; fault: Fault } => ({ link: links[(round % 16 < 8 ? 0 : 2) + (round % 2)] as T, fault: FAULTS[(round >> 1) % 4] as Fault });

export const badNetwork: ChaosPromise = {
  name: 'G6',
  says: 'a cut, half-open or crawling network hangs no request and loses nothing',
  rounds: { short: 8, long: 160 },
  async run({ arena, seed, rounds, leniency }) {
    const workspace = `chaos-${seed}`;
    const sinks = await startSinks();
    const api = await arena.replica('analytics-api', sinks.env);
    const links = Object.entries({ ...arena.links, otlp: sinks.otlp, sentry: sinks.sentry });
    const done: string[] = [];
    const clients = await new Clients({ url: () => api.url, workspace, seed, pauseMs: 20 }).start();
    const visitors = new Visitors(api.url, workspace);
    let recoveryMs = 0;
    try {
      for (let round = 0; round < rounds; round += 1) {
        const { link: [where, link], fault } = roundOf(round, links);
        fault.apply(link);
        await sleep(fault.ms);
        link.open();
        done.push(`${where} ${fault.name}`);
        const at = performance.now();
        recoveryMs = Math.max(recoveryMs, (await until(() => clients.firstAfter(at), 30_000)) ?? Number.POSITIVE_INFINITY);
      }
    } finally {
      for (const [, link] of links) link.open();
      await Promise.all([clients.stop(), visitors.stop()]);
    }
    const ledger = await checkLedger(arena, workspace, clients);
    const how = await api.stop();
    await sinks.stop();
    const answers = [...clients.attempts, ...(await visitors.stop())];
    // There may be more of them than a call takes arguments.
    const slowest = answers.reduce((most, { ms }) => Math.max(most, ms), 0);
    const unclear = answers.filter(({ status }) => ![200, 201, 503].includes(status));
    const problems = ledgerProblems(ledger);
    if (slowest > Math.min(ANSWER_MS * leniency, HANG_MS)) problems.push(`an answer took ${slowest.toFixed(0)} ms`);
    if (unclear.length > 0) problems.push(`${unclear.length} answers were neither good nor a 503, such as ${JSON.stringify(unclear[0])}`);
    if (recoveryMs === Number.POSITIVE_INFINITY) problems.push('nothing was acknowledged any more within 30 s of a fault');
    if (!how.includes('code 0')) problems.push(`the API ${how}`);
    return { faults: tallied('network', done), ledger, recoveryMs, figures: `${answers.length} requests, slowest answer ${slowest.toFixed(0)} ms, ${answers.filter(({ status }) => status === 503).length} x 503`, problems };
  },
};
