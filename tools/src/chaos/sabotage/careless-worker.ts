import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/**
 * A worker that counts events in two transactions, as a program of its own, to be killed between them. It adds up what each mark stands for: the
 * events that were stored with it. ORDER=marks-first: takes the marks away, then counts; a kill between loses them. ORDER=counts-first: counts, then
 * takes the marks away; a kill between has them counted again. HELD_MS: how long it dwells between the two. SIGTERM lets it end what it began.
 */
const { DATABASE_URL, WORKSPACE, ORDER, HELD_MS } = process.env;

/** Times as text: a Date would lose the microseconds. */
const SOME = 'SELECT bucket, mark, marked_at::text FROM dirty_buckets WHERE workspace_id = $1 ORDER BY mark LIMIT 500';
const FORGET = 'DELETE FROM dirty_buckets WHERE workspace_id = $1 AND mark = ANY ($2::bigint[])';
/** A mark and its events are of one statement, and so of one time; two statements may have the same, to the microsecond. */
const COUNT = `
INSERT INTO rollup_15m AS r (workspace_id, bucket, kind, events, succeeded, failed, credits, context_tokens, generated_tokens, duration_ms_sum, duration_count, duration_bins, duration_counts)
SELECT $1, m.bucket, e.type, count(*), 0, 0, 0, 0, 0, 0, 0, '{}', '{}'
FROM (SELECT DISTINCT * FROM unnest($2::timestamptz[], $3::text[])) m(bucket, marked_at) JOIN events e
  ON e.workspace_id = $1 AND e.time >= m.bucket AND e.time < m.bucket + interval '15 minutes' AND e.arrived_at = m.marked_at::timestamptz GROUP BY 2, 3
ON CONFLICT (workspace_id, bucket, kind) DO UPDATE SET events = r.events + excluded.events`;

interface Mark {
  bucket: Date;
  mark: string;
  marked_at: string;
}

async function main(): Promise<void> {
  const client = new Client({ connectionString: DATABASE_URL });
  await client.connect();
  let stopping = false;
  process.once('SIGTERM', () => (stopping = true));
  while (!stopping) {
    const marks = (await client.query<Mark>(SOME, [WORKSPACE])).rows;
    const forget = (): Promise<unknown> => client.query(FORGET, [WORKSPACE, marks.map(({ mark }) => mark)]);
    const count = (): Promise<unknown> => client.query(COUNT, [WORKSPACE, marks.map(({ bucket }) => bucket), marks.map(({ marked_at }) => marked_at)]);
    const [first, second] = ORDER === 'marks-first' ? [forget, count] : [count, forget];
    if (marks.length > 0) {
      await first();
      await sleep(Number(HELD_MS));
      await second();
    } else await sleep(20);
  }
  await client.end();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
