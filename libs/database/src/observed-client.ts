import { counter, histogram } from '@shadower/telemetry';
import { Client, type ClientConfig } from 'pg';
import { errorType } from './database-error';

const OPERATIONS = {
  select: 'select',
  insert: 'insert',
  update: 'update',
  delete: 'delete',
  begin: 'transaction',
  start: 'transaction',
  commit: 'transaction',
  rollback: 'transaction',
  create: 'ddl',
  alter: 'ddl',
  drop: 'ddl',
} as const;
type Operation = (typeof OPERATIONS)[keyof typeof OPERATIONS] | 'other';

/** The first word decides; a statement that begins with CTEs is named after what it writes, if it writes. */
export function operationOf(text: string): Operation {
  const first = /[a-z]+/i.exec(text)?.[0].toLowerCase();
  const word = first === 'with' ? (/\b(insert|update|delete)\s/i.exec(text)?.[1]?.toLowerCase() ?? 'select') : first;
  return OPERATIONS[word as keyof typeof OPERATIONS] ?? 'other';
}

type Callback = (error: Error | null, result?: unknown) => void;
/** pg declares a dozen overloads of `query`; this is what they have in common. */
type AnyQuery = (...args: unknown[]) => Promise<unknown>;

/**
 * The one place where statements are measured: every connection of the pool is one of these, whoever sends
 * the statement (TypeORM, a prepared statement of ours, a migration).
 */
export class ObservedClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    // Whoever holds the connection learns of its loss from his statement; without a listener the event would end the process.
    this.on('error', () => undefined);
  }

  override query(...args: unknown[]): never {
    const send = super.query.bind(this) as AnyQuery;
    const config = args[0] as string | { text?: string; submit?: unknown };
    if (typeof config === 'object' && config.submit) return send(...args) as never; // a cursor: measured by whoever reads it
    const callback = typeof args.at(-1) === 'function' ? (args.pop() as Callback) : undefined;
    const result = this.observed(typeof config === 'string' ? config : (config.text ?? ''), () => send(...args));
    if (callback) result.then((value) => callback(null, value), callback);
    return (callback ? undefined : result) as never;
  }

  /** Fails all its statements with `reason`; the pool then drops it. */
  abandon(reason: Error): void {
    (this as unknown as { connection: { stream: { destroy(error: Error): void } } }).connection.stream.destroy(reason);
  }

  private async observed(text: string, send: () => Promise<unknown>): Promise<unknown> {
    const started = performance.now();
    try {
      return await send();
    } catch (error) {
      counter('database_errors_total').inc({ error_type: errorType(error) });
      // pg gives up waiting but keeps the connection in step with an answer that may never come; it is of no use to anybody else.
      if ((error as Error).message === 'Query read timeout') void this.end().catch(() => undefined);
      throw error;
    } finally {
      histogram('database_query_duration_seconds').observe({ operation: operationOf(text) }, (performance.now() - started) / 1000);
    }
  }
}
