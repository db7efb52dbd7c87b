import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENT_TYPES, EXECUTION_STATUSES } from '@shadower/domain';
import { SeededRandom } from '../demo/seeded-random';
import { demoToken } from '../token/demo-token';

export interface ClientsOptions {
  /** Where to send, asked before every request. */
  url: () => string;
  workspace: string;
  seed: string;
  /** How many send at a time. Default: 6. */
  count?: number;
  /** Pause of each after an acknowledged batch. Default: none. */
  pauseMs?: number;
}

export interface SentEvent {
  id: string;
  type: string;
  time: string;
  user_id?: string;
  agent_id?: string;
  execution_id?: string;
  data: { credits?: string; duration_ms?: number; status?: string; model?: string; tokens?: { context?: number; generated?: number } };
}

/** What of an event is stored in columns, as text, and short; the checker computes the same of what is stored. */
function digestOf({ time, type, user_id, agent_id, execution_id, data }: SentEvent): string {
  const { status, model, credits, duration_ms, tokens } = data;
  const told = [time, type, user_id, agent_id, execution_id, status, model, credits, duration_ms, tokens?.context, tokens?.generated].join('|');
  return createHash('md5').update(told).digest('hex').slice(0, 12);
}

/** One answer, or the lack of one. */
export interface Attempt {
  /** 0: no answer. */
  status: number;
  retryAfter: boolean;
  ms: number;
  /** What a refusal said. */
  detail?: string;
}

/** Events spread over so many buckets that a mark which got lost is not made good by the next batch. */
const SPREAD_MS = 20 * 86_400_000;
const MODELS = ['small', 'medium', 'large'];
const REQUEST_TIMEOUT_MS = 15_000;
const PATIENCE_MS = 60_000;

/** Clients as they should be: each sends the same events with the same ids until they are acknowledged. */
export class Clients {
  /** Ids of all events that were sent at least once, with the digests of their contents. */
  readonly sent = new Map<string, string>();
  readonly acknowledged = new Set<string>();
  readonly attempts: Attempt[] = [];
  /** `performance.now()` of the end of each acknowledged request. */
  readonly acknowledgedAt: number[] = [];
  private readonly random: SeededRandom;
  private readonly loops: Promise<void>[] = [];
  private stopping = false;
  private giveUpAt = Number.POSITIVE_INFINITY;
  private token = '';

  constructor(private readonly options: ClientsOptions) {
    this.random = new SeededRandom(options.seed);
  }

  async start(): Promise<this> {
    this.token = await demoToken({ workspace: this.options.workspace });
    for (let each = 0; each < (this.options.count ?? 6); each += 1) this.loops.push(this.loop());
    return this;
  }

  /** No new events; resolves when all that were sent are acknowledged or patience is at its end. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.giveUpAt = performance.now() + PATIENCE_MS;
    await Promise.all(this.loops);
  }

  /** Milliseconds from `since` to the first acknowledgement after it. */
  firstAfter(since: number): number | undefined {
    const found = this.acknowledgedAt.find((at) => at > since);
    return found === undefined ? undefined : found - since;
  }

  get failures(): Attempt[] {
    return this.attempts.filter(({ status }) => status !== 200);
  }

  newEvents(count: number): SentEvent[] {
    return Array.from({ length: count }, () => this.newEvent());
  }

  /** One request. Throws never: no answer is status 0. */
  async send(events: readonly SentEvent[]): Promise<{ attempt: Attempt; body: { accepted?: number; duplicate?: number } }> {
    this.announce(events);
    const began = performance.now();
    const { url, workspace } = this.options;
    const told = { status: 0, retryAfter: false, body: {} };
    try {
      const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
      const response = await fetch(`${url()}/api/v1/workspaces/${workspace}/events`, { method: 'POST', headers, body: JSON.stringify({ events }), signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
      const text = await response.text();
      Object.assign(told, { status: response.status, retryAfter: response.headers.has('retry-after'), body: text.startsWith('{') ? JSON.parse(text) : {} });
    } catch {
      // Killed, cut or hanging: whether the events were stored is not known, which is why they are sent again.
    }
    const { detail } = told.body as { detail?: string };
    const attempt = { status: told.status, retryAfter: told.retryAfter, ms: performance.now() - began, detail };
    this.attempts.push(attempt);
    if (told.status === 200) this.acknowledge(events);
    return { attempt, body: told.body };
  }

  /** What somebody else sends in their name is announced before, and acknowledged when it was. */
  announce(events: readonly SentEvent[]): void {
    for (const event of events) this.sent.set(event.id, digestOf(event));
  }

  acknowledge(events: readonly SentEvent[]): void {
    for (const { id } of events) this.acknowledged.add(id);
    this.acknowledgedAt.push(performance.now());
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      const events = this.newEvents(this.random.integer(1, 20));
      while ((await this.send(events)).attempt.status !== 200 && performance.now() < this.giveUpAt) await sleep(this.random.integer(20, 120));
      if (this.options.pauseMs) await sleep(this.options.pauseMs);
    }
  }

  /** Of every kind, and with every field that a rollup looks at, or without. */
  private newEvent(): SentEvent {
    const { random } = this;
    const sometimes = <T>(share: number, value: () => T): T | undefined => (random.chance(share) ? value() : undefined);
    const id = `${this.options.seed}-${this.sent.size}-${random.integer(0, 1e9)}`;
    const type = random.pick(EVENT_TYPES);
    const time = new Date(Date.now() - random.integer(0, SPREAD_MS)).toISOString();
    const who = { user_id: sometimes(0.9, () => `user-${random.integer(1, 40)}`), agent_id: sometimes(0.8, () => `agent-${random.integer(1, 9)}`), execution_id: sometimes(0.5, () => `run-${random.integer(1, 1e6)}`) };
    const measured = { credits: sometimes(0.7, () => (random.integer(0, 5_000_000) / 1_000_000).toFixed(6)), duration_ms: sometimes(0.8, () => (random.chance(0.1) ? 2 ** random.integer(0, 34) : random.integer(0, 60_000))) };
    const status = type.startsWith('execution.') ? sometimes(0.4, () => random.pick(EXECUTION_STATUSES)) : undefined;
    const tokens = sometimes(0.5, () => ({ context: sometimes(0.8, () => random.integer(0, 100_000)), generated: sometimes(0.8, () => random.integer(0, 10_000)) }));
    return { id, type, time, ...who, data: { ...measured, status, model: sometimes(0.6, () => random.pick(MODELS)), tokens } };
  }
}
