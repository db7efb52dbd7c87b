import { createDataSource, databaseEnv, inWorkspace } from '@shadower/database';
import { bucketOf, type EventType } from '@shadower/domain';
import type { DataSource } from 'typeorm';
import { z } from 'zod';

/** What a test says of an event; its identity is (time, id). */
export interface TestEvent {
  id: string;
  time: Date;
  type: EventType;
  user_id?: string;
  credits?: string;
  duration_ms?: number;
}

/** A pool on a test's database, as the worker would have it but for `settings`. */
export async function openDatabase(url: string, settings: Record<string, string> = {}): Promise<DataSource> {
  const dataSource = createDataSource(z.object(databaseEnv).parse({ DATABASE_URL: url, ...settings }), 'jobs-worker-test');
  return dataSource.initialize();
}

const STORE = `
WITH stored AS (
  INSERT INTO events (workspace_id, time, event_id, type, user_id, credits, duration_ms)
  SELECT $1, * FROM unnest($2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::bigint[])
  ON CONFLICT DO NOTHING RETURNING time
)
INSERT INTO dirty_buckets (workspace_id, bucket) SELECT DISTINCT $1, date_bin('15 minutes', time, 'epoch'::timestamptz) FROM stored`;

/** Stores events as the API does: duplicates dropped, touched buckets marked, in one transaction. */
export async function storeEvents(dataSource: DataSource, workspaceId: string, events: TestEvent[]): Promise<void> {
  const column = <K extends keyof TestEvent>(key: K) => events.map((event) => event[key] ?? null);
  await inWorkspace(dataSource, workspaceId, (runner) =>
    runner.query(STORE, [workspaceId, column('time'), column('id'), column('type'), column('user_id'), column('credits'), column('duration_ms')]),
  );
}

export interface Sums {
  events: number;
  credits: bigint;
  duration_ms: number;
}

/** The brute-force answer: sums by `bucket kind`, and the active users as `day user`, of distinct events. */
export function expectedOf(events: TestEvent[], micro: (credits: string) => bigint): { sums: Map<string, Sums>; active: Set<string> } {
  const distinct = new Map<string, TestEvent>();
  for (const event of events) {
    const identity = `${event.time.toISOString()} ${event.id}`;
    if (!distinct.has(identity)) distinct.set(identity, event);
  }
  const sums = new Map<string, Sums>();
  const active = new Set<string>();
  for (const { time, type, user_id, credits, duration_ms } of distinct.values()) {
    const key = `${bucketOf(time).toISOString()} ${type}`;
    const before = sums.get(key) ?? { events: 0, credits: 0n, duration_ms: 0 };
    sums.set(key, { events: before.events + 1, credits: before.credits + micro(credits ?? '0'), duration_ms: before.duration_ms + (duration_ms ?? 0) });
    if (user_id) active.add(`${time.toISOString().slice(0, 10)} ${user_id}`);
  }
  return { sums, active };
}
