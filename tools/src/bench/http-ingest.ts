import type { AnalyticsEvent } from '@shadower/domain';
import { demoToken } from '../token/demo-token';
import { load } from './load';
import { batchesOf, sampleEvents } from './sample-events';

export const BATCH = 1_000;
export const BATCHES = 20;
export const ROWS = BATCH * BATCHES;

/** Rows per second of a work that stores so many. */
export const perSecond = async (work: () => Promise<unknown>, rows = ROWS): Promise<number> => {
  const began = performance.now();
  await work();
  return (rows / (performance.now() - began)) * 1_000;
};

/** The events of one round, the same for all who take part; each stores them in a workspace of its own. */
export class Rounds {
  private readonly turns = new Map<string, number>();
  private readonly drawn = new Map<number, AnalyticsEvent[]>();

  /** `rows`: how many events a round has. */
  constructor(private readonly rows = ROWS) {}

  next(contestant: string): AnalyticsEvent[] {
    const round = (this.turns.get(contestant) ?? -1) + 1;
    this.turns.set(contestant, round);
    const events = this.drawn.get(round) ?? sampleEvents(`bench-${round}`, this.rows);
    this.drawn.set(round, events);
    return events;
  }
}

/** Checks each answer: an event that was not stored would make the rate a lie. */
const allAccepted = (status: number, body: string): void => {
  if (status !== 200 || (JSON.parse(body) as { accepted?: number }).accepted !== BATCH) throw new Error(`a batch was answered ${status}: ${body.slice(0, 300)}`);
};

/** A contestant that sends a round's batches through the API with so many clients at once, each waiting for its answer. */
export async function httpIngest(url: string, rounds: Rounds, workspace: string, clients: number): Promise<() => Promise<number>> {
  const token = await demoToken({ workspace });
  return () => {
    const bodies = batchesOf(rounds.next(workspace), BATCH).map((events) => Buffer.from(JSON.stringify({ events })));
    const target = { url: `${url}/api/v1/workspaces/${workspace}/events`, method: 'POST' as const, headers: { authorization: `Bearer ${token}` } };
    return perSecond(() => load({ ...target, bodies, requests: bodies.length, connections: clients, onAnswer: allAccepted }), bodies.length * BATCH);
  };
}
