import { setTimeout as sleep } from 'node:timers/promises';
import { EVENT_LIMITS, type AnalyticsEvent } from '@shadower/domain';
import type { ApiClient } from '../replay/api-client';
import { Questions } from './questions';
import { SeededRandom } from './seeded-random';
import type { Tally } from './tally';
import { Traffic, type TrafficEvent } from './traffic';

export interface DemoOptions {
  /** A client for each workspace. */
  clients: ReadonlyMap<string, ApiClient>;
  seed: string;
  rate: number;
  daySeconds: number;
  tally: Tally;
  signal: AbortSignal;
  onTick: () => void;
}

const TICK_MS = 500;
const DAY_MS = 86_400_000;
/** Events a second at the busiest moment of the past: a month becomes some 200,000 events. */
const BACKFILL_RATE = 0.2;
const BACKFILL_STEP_MS = 6 * 3_600_000;
/** Dashboards that people look at: one question every so often. */
const QUESTION_EVERY_MS = 3_000;

async function send(events: TrafficEvent[], { clients, tally }: DemoOptions): Promise<void> {
  const byWorkspace = Map.groupBy(events, ({ workspace }) => workspace);
  await Promise.all(
    [...byWorkspace].map(async ([workspace, ours]) => {
      for (let start = 0; start < ours.length; start += EVENT_LIMITS.batch) {
        const batch: AnalyticsEvent[] = ours.slice(start, start + EVENT_LIMITS.batch).map(({ event }) => event);
        const result = await clients.get(workspace)?.sendEvents(workspace, batch);
        if (result) tally.sent(batch, result);
      }
    }),
  );
}

/** Sends the last `days` days. The same seed gives the same past on the same day, so a repetition changes nothing. */
export async function backfill(options: DemoOptions, days: number): Promise<void> {
  const { clients, seed, signal, onTick } = options;
  const end = Date.now();
  const startMs = Math.floor(end / DAY_MS) * DAY_MS - days * DAY_MS;
  const traffic = new Traffic({ seed: `${seed}-past`, workspaces: [...clients.keys()], rate: BACKFILL_RATE, startMs });
  for (let time = startMs; time < end && !signal.aborted; time += BACKFILL_STEP_MS) {
    await send(traffic.until(Math.min(end, time + BACKFILL_STEP_MS)), options);
    onTick();
  }
}

/** Makes traffic of the present until it is told to end. What the API cannot take now is sent when it can. */
export async function live(options: DemoOptions): Promise<void> {
  const { clients, seed, rate, daySeconds, tally, signal, onTick } = options;
  const startMs = Date.now();
  const traffic = new Traffic({ seed, workspaces: [...clients.keys()], rate, startMs, dayMs: daySeconds * 1_000 });
  const questions = new Questions(clients, new SeededRandom(`${seed}/questions`), tally);
  let askAt = startMs + QUESTION_EVERY_MS;
  for (let tick = startMs + TICK_MS; !signal.aborted; tick = Math.max(tick + TICK_MS, Date.now())) {
    await sleep(Math.max(0, tick - Date.now()), undefined, { signal });
    await send(traffic.until(Date.now()), options);
    if (Date.now() >= askAt) {
      askAt = Date.now() + QUESTION_EVERY_MS;
      await questions.ask();
    }
    onTick();
  }
}
