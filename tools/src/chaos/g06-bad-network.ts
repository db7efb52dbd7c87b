import { setTimeout as sleep } from 'node:timers/promises';
import type { FlakyLink } from '@shadower/redis/testing';
import { until } from '../stack/until';
import { checkLedger } from './check-ledger';
import { Clients } from './clients';
import { ledgerProblems, tallied, type ChaosPromise } from './promise';
import { startSinks } from './telemetry-sinks';

const FAULT_MS = 2_000;
const ANSWER_MS = 5_000;

const FAULTS: Record<string, (link: FlakyLink) => void> = {
  cut: (link) => link.cut(),
  'black hole': (link) => link.hang(),
  '300 ms late': (link) => void (link.delayMs = 300),
  '1 byte/s': (link) => void (link.bytesPerSecond = 1),
};

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
    try {
      for (let round = 0; round < rounds; round += 1) {
        // PostgreSQL and Redis get every fault in eight rounds, the sinks in sixteen.
        const [where, link] = links[round % 2 === 0 || round % 16 < 8 ? round % 2 : 2 + ((round >> 1) % 2)] as (typeof links)[number];
        const [fault, apply] = Object.entries(FAULTS)[(round >> 1) % 4] as [string, (link: FlakyLink) => void];
        apply(link);
        await sleep(FAULT_MS);
        link.open();
        done.push(`${where} ${fault}`);
        const at = performance.now();
        await until(() => clients.firstAfter(at), 30_000);
      }
    } finally {
      for (const [, link] of links) link.open();
      await clients.stop();
    }
    const ledger = await checkLedger(arena, workspace, clients);
    const how = await api.stop();
    await sinks.stop();
    const slowest = Math.max(...clients.attempts.map(({ ms }) => ms));
    const unclear = clients.failures.filter(({ status }) => status !== 503);
    const problems = ledgerProblems(ledger);
    if (slowest > ANSWER_MS * leniency) problems.push(`an answer took ${slowest.toFixed(0)} ms`);
    if (unclear.length > 0) problems.push(`${unclear.length} answers were neither 200 nor 503, such as ${JSON.stringify(unclear[0])}`);
    if (!how.includes('code 0')) problems.push(`the API ${how}`);
    return { faults: tallied('network', done), ledger, recoveryMs: ledger.settledMs, figures: `${clients.attempts.length} requests, slowest answer ${slowest.toFixed(0)} ms, ${clients.failures.length} x 503`, problems };
  },
};
