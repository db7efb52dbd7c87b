import { setTimeout as sleep } from 'node:timers/promises';
import { getLogger } from '@shadower/telemetry';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import type { ObservedClient } from './observed-client';
import { setSilent, SilenceError } from './silence';
import { poolOf } from './transaction';

interface Line {
  client: Client;
  ready: Promise<unknown>;
}

/** What the data source's pool makes. */
const observed = (client: unknown): ObservedClient => client as ObservedClient;

const PAUSE_MS = 250;
const TICKS = 10;

/**
 * Asks PostgreSQL four times a second, over a connection of its own, whether it is there. A server that hangs closes nothing, so a statement would
 * wait for its own time-out, which must be long enough for honest work. One that leaves `SELECT 1` unanswered for `silenceMs` does no honest work:
 * all statements under way then fail as if their connections were lost, and new ones at once, until it answers again. An error is an answer.
 */
export class DatabasePulse {
  private readonly logger = getLogger('database');
  private readonly busy = new Set<ObservedClient>();
  private readonly ended = new AbortController();
  private line?: Line;
  private silent = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly url: string,
    private readonly silenceMs: number,
  ) {}

  /** Call it once the data source is initialized. */
  start(): void {
    const pool = poolOf(this.dataSource);
    pool.on('acquire', (client) => void this.busy.add(observed(client)));
    pool.on('release', (_error, client) => void this.busy.delete(observed(client)));
    pool.on('remove', (client) => void this.busy.delete(observed(client)));
    void this.beat().catch((err: unknown) => {
      if (!this.ended.signal.aborted) this.logger.error({ err }, 'nobody watches whether PostgreSQL answers');
    });
  }

  stop(): void {
    this.ended.abort();
    this.hangUp(this.line);
  }

  private async beat(): Promise<void> {
    for (;;) {
      this.judge(await this.answers());
      await sleep(PAUSE_MS, undefined, { signal: this.ended.signal, ref: false });
    }
  }

  /** Time counts only while this process runs too: in one that stood still itself, an answer that waits to be read is no silence. */
  private async answers(): Promise<boolean> {
    const line = (this.line ??= this.dial());
    let settled = false;
    void line.ready
      .then(() => line.client.query('SELECT 1'))
      .catch(() => this.hangUp(line))
      .finally(() => (settled = true));
    for (let tick = 0; tick < TICKS && !settled; tick++) await sleep(this.silenceMs / TICKS, undefined, { signal: this.ended.signal, ref: false });
    if (!settled) this.hangUp(line);
    return settled;
  }

  private dial(): Line {
    const client = new Client({ connectionString: this.url, application_name: 'shadower-pulse', keepAlive: true });
    client.on('error', () => undefined);
    return { client, ready: client.connect() };
  }

  /** At once: the other side may not be there to say goodbye. */
  private hangUp(line: Line | undefined): void {
    if (this.line === line) this.line = undefined;
    (line?.client as unknown as { connection: { stream: { destroy(): void } } } | undefined)?.connection.stream.destroy();
  }

  private judge(answered: boolean): void {
    if (this.silent === !answered) return;
    this.silent = !answered;
    setSilent(this.dataSource, this.silent);
    if (answered) return this.logger.info({}, 'PostgreSQL answers again');
    this.logger.warn({ silence_ms: this.silenceMs, statements: this.busy.size }, 'PostgreSQL does not answer');
    for (const client of this.busy) client.abandon(new SilenceError());
  }
}
