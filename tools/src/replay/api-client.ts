import type { AnalyticsEvent } from '@shadower/domain';
import { setTimeout as sleep } from 'node:timers/promises';
import { problemOf, type Problem } from './problem';

export interface ApiClientOptions {
  /** Where the API listens, such as http://127.0.0.1:8000. */
  url: string;
  token: string;
  /** How long one request is tried again while the API is away or asks to wait. */
  patienceMs?: number;
  /** Ends all requests and waits. */
  signal?: AbortSignal;
  /** Told of every wait, so that a person sees why nothing moves. */
  onWait?: (reason: string, waitMs: number) => void;
}

export interface ApiAnswer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** What became of one batch of events; `rejected` names them by their index in the batch. */
export interface IngestResult {
  accepted: number;
  duplicate: number;
  rejected: { index: number; problem: Problem }[];
}

const REQUEST_TIMEOUT_MS = 30_000;
const DEFAULT_PATIENCE_MS = 120_000;
const TRY_AGAIN = new Set([429, 502, 503, 504]);

/** How long an answer asks to wait: the exact field of the problem, else the header in whole seconds. */
export function retryAfterMs(headers: Headers, problem: Problem | undefined): number | undefined {
  if (typeof problem?.retry_after_ms === 'number') return Math.max(0, problem.retry_after_ms);
  const header = headers.get('retry-after');
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** An answer that no repetition changes; the message says what the API said. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly status: number,
    readonly problem: Problem | undefined,
    request: string,
  ) {
    const detail = problem ? [problem.title, problem.detail, ...(problem.errors ?? []).slice(0, 5).map((e) => `${e.pointer}: ${e.detail}`)].filter(Boolean).join('; ') : 'no explanation';
    super(`${request} was answered ${status}: ${detail}`);
  }
}

/** Talks to the public API as any client would: waits when it is told to, tries again when the API is away, and never gives up on a 4xx silently. */
export class ApiClient {
  constructor(private readonly options: ApiClientOptions) {}

  /** Sends at most 1,000 events of one workspace. Safe to repeat: an event that is already stored is counted as a duplicate. */
  async sendEvents(workspace: string, events: AnalyticsEvent[]): Promise<IngestResult> {
    const path = `/api/v1/workspaces/${workspace}/events`;
    const { status, body } = await this.request<IngestResult>('POST', path, JSON.stringify({ events }), [422]);
    // 422 with counts: every event was rejected. Without: the request itself was.
    if (!Array.isArray(body.rejected)) throw new ApiError(status, problemOf(body), `POST ${path}`);
    return { accepted: body.accepted, duplicate: body.duplicate, rejected: body.rejected };
  }

  async get<T>(path: string): Promise<T> {
    return (await this.request<T>('GET', path)).body;
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return (await this.request<T>('POST', path, JSON.stringify(body))).body;
  }

  /** `allowed`: statuses besides 2xx whose answer the caller reads itself. Throws an ApiError, or what the network threw last. */
  async request<T>(method: string, path: string, body?: string, allowed: number[] = []): Promise<ApiAnswer<T>> {
    const giveUpAt = Date.now() + (this.options.patienceMs ?? DEFAULT_PATIENCE_MS);
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.attempt<T>(method, path, body);
      const fine = !('failure' in outcome) && (outcome.status < 300 || allowed.includes(outcome.status));
      if (fine) return outcome;
      const again = 'failure' in outcome || TRY_AGAIN.has(outcome.status);
      const waitMs = this.waitOf(outcome, attempt);
      if (!again || this.options.signal?.aborted || Date.now() + waitMs > giveUpAt) throw this.errorOf(outcome, `${method} ${path}`);
      this.options.onWait?.('failure' in outcome ? 'the API does not answer' : `the API answered ${outcome.status}`, waitMs);
      await sleep(waitMs, undefined, { signal: this.options.signal });
    }
  }

  private async attempt<T>(method: string, path: string, body?: string): Promise<ApiAnswer<T> | { failure: unknown }> {
    const signals = [AbortSignal.timeout(REQUEST_TIMEOUT_MS), ...(this.options.signal ? [this.options.signal] : [])];
    try {
      const headers = { authorization: `Bearer ${this.options.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
      const response = await fetch(new URL(path, this.options.url), { method, headers, body, signal: AbortSignal.any(signals) });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : undefined) as T };
    } catch (failure) {
      return { failure };
    }
  }

  /** What the answer asks for and a little more, so that waiting clients do not return in step; else an exponential back-off with jitter. */
  private waitOf(outcome: ApiAnswer<unknown> | { failure: unknown }, attempt: number): number {
    const asked = 'failure' in outcome ? undefined : retryAfterMs(outcome.headers, problemOf(outcome.body));
    const jitter = Math.random();
    return asked === undefined ? Math.min(8_000, 250 * 2 ** attempt) * (0.5 + jitter / 2) : asked + jitter * 250;
  }

  private errorOf(outcome: ApiAnswer<unknown> | { failure: unknown }, request: string): Error {
    if (!('failure' in outcome)) return new ApiError(outcome.status, problemOf(outcome.body), request);
    const cause = outcome.failure instanceof Error ? (outcome.failure.cause ?? outcome.failure) : outcome.failure;
    return new Error(`${request}: no answer from ${this.options.url} (${cause instanceof Error ? cause.message : String(cause)})`, { cause: outcome.failure });
  }
}
