import { factsOf, generationOf, inWorkspace } from '@shadower/database';
import { EVENT_TYPES, toMicroCredits, type ChangedBucket } from '@shadower/domain';
import { freshDatabase, type TestDatabase } from '@shadower/tools/testing';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { until } from './until';
import { expectedOf, openDatabase, storeEvents, type Sums, type TestEvent } from './worker-database';
import { recompute } from '../src/rollups/recompute';
import { settleDays } from '../src/rollups/settle-days';

const DAY_MS = 86_400_000;
const quiet = async (): Promise<void> => undefined;
/** Three hours around a midnight of UTC, so that buckets, late arrivals and days all meet. */
const START = Date.UTC(2026, 2, 28, 22, 30);
const event: fc.Arbitrary<TestEvent> = fc.record(
  {
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    time: fc.integer({ min: 0, max: 3 * 60 }).map((minute) => new Date(START + minute * 60_000)),
    type: fc.constantFrom(...EVENT_TYPES),
    user_id: fc.constantFrom('ann', 'ben', 'cleo', 'dan', 'eve', 'fay'),
    credits: fc.constantFrom('0.000001', '1.25', '999999999999.999999', '7'),
    duration_ms: fc.integer({ min: 0, max: 100_000 }),
  },
  { requiredKeys: ['id', 'time', 'type'] },
);
type Step = { events: TestEvent[] } | { limit: number } | { clock: number };
/** Events, a worker's pass, or the settling of days at a moment of the clock (minutes after the first event may be). */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ events: fc.array(event, { minLength: 1, maxLength: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ limit: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ clock: fc.integer({ min: 0, max: 8 * 60 }) }) },
);

describe('recompute', () => {
  let database: TestDatabase;
  let one: DataSource;
  let two: DataSource;
  let round = 0;

  beforeAll(async () => {
    database = await freshDatabase();
    one = await openDatabase(database.url);
    two = await openDatabase(database.url);
  });
  afterAll(async () => {
    await Promise.all([one?.destroy(), two?.destroy()]);
    await database?.drop();
  });

  const nextWorkspace = (): string => `w${(round += 1)}`;
  const sumsOf = (rows: { bucket: Date; kind: string; events: string; credits: string; duration_ms_sum: string }[]): Map<string, Sums> =>
    new Map(rows.map((row) => [`${row.bucket.toISOString()} ${row.kind}`, { events: Number(row.events), credits: toMicroCredits(row.credits), duration_ms: Number(row.duration_ms_sum) }]));
  const query = <T>(workspaceId: string, sql: string, values: unknown[] = [workspaceId]): Promise<T[]> => inWorkspace(one, workspaceId, (runner) => runner.query(sql, values));
  const storedSums = async (workspaceId: string) => sumsOf(await query(workspaceId, 'SELECT * FROM rollup_15m WHERE workspace_id = $1'));
  const readSums = async (workspaceId: string) =>
    sumsOf(await query(workspaceId, `WITH ${factsOf('$1', '$2::timestamptz', '$3::timestamptz')} SELECT * FROM facts`, [workspaceId, new Date(START), new Date(START + 4 * 3_600_000)]));
  /** By day, dimension and key: the events and the durations in the histogram. */
  const storedDays = async (workspaceId: string): Promise<Record<string, number[]>> => {
    const rows = await query<{ place: string; events: string; durations: string }>(
      workspaceId,
      `SELECT concat_ws(' ', r.day, r.dimension, r.key) AS place, r.events, (SELECT coalesce(sum(n), 0) FROM unnest(r.duration_counts) n) AS durations
       FROM rollup_day_dim r JOIN rollup_days s ON s.workspace_id = r.workspace_id AND s.day = r.day AND s.settled = 96 WHERE r.workspace_id = $1 AND r.dimension IN ('kind', 'user')`,
    );
    return Object.fromEntries(rows.map(({ place, events, durations }) => [place, [Number(events), Number(durations)]]));
  };
  const expectedDays = (sent: TestEvent[]): Record<string, number[]> => {
    const expected: Record<string, number[]> = {};
    for (const { time, type, user_id = '', duration_ms } of new Map(sent.toReversed().map((each) => [`${each.time.toISOString()} ${each.id}`, each])).values()) {
      for (const place of [`kind ${type}`, `user ${user_id}`].map((key) => `${time.toISOString().slice(0, 10)} ${key}`)) {
        const [events = 0, durations = 0] = expected[place] ?? [];
        expected[place] = [events + 1, durations + (duration_ms === undefined ? 0 : 1)];
      }
    }
    return expected;
  };
  const activeUsers = async (workspaceId: string): Promise<Set<string>> => {
    const rows = await query<{ day: string; user_id: string }>(
      workspaceId,
      `SELECT b.day::text, u.user_id FROM active_bits b JOIN workspace_users u ON u.workspace_id = b.workspace_id
       WHERE b.workspace_id = $1 AND u.user_no / 32768 = b.chunk AND get_bit(b.bits, u.user_no % 32768) = 1`,
    );
    return new Set(rows.map(({ day, user_id }) => `${day} ${user_id}`));
  };
  const marksOf = async (workspaceId: string): Promise<number> => (await query<{ n: number }>(workspaceId, 'SELECT count(*)::int AS n FROM dirty_buckets WHERE workspace_id = $1'))[0]?.n ?? -1;
  const untilClean = async (workspaceId: string): Promise<void> => {
    for (let pass = await recompute(one, workspaceId, 3, quiet); pass.busy || pass.buckets > 0;) pass = await recompute(one, workspaceId, 3, quiet);
  };

  it('tells how long the oldest mark waited by the clock that set it, whatever that of this process says', async () => {
    const workspace = nextWorkspace();
    await storeEvents(one, workspace, [{ id: 'a', time: new Date(START), type: 'query.run' }]);
    await query(workspace, `UPDATE dirty_buckets SET marked_at = marked_at - interval '1 minute' WHERE workspace_id = $1`);
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 7_200_000);
    const pass = await recompute(one, workspace, 5, quiet).finally(() => clock.mockRestore());
    const waitedMinutes = Math.floor((pass as { waitedMs: number }).waitedMs / 60_000);
    expect({ ...pass, waitedMinutes }).toMatchObject({ busy: false, buckets: 1, waitedMinutes: 1 });
  });

  it('gives what a brute-force count gives, whatever comes late, twice or out of order, with two workers running at random moments', async () => {
    const run = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      const workspaceId = nextWorkspace();
      const sent: TestEvent[] = [];
      const told = new Map<string, unknown>();
      for (const each of steps) {
        if ('events' in each) {
          sent.push(...each.events);
          // Both workers run while the events are being stored.
          await Promise.all([storeEvents(one, workspaceId, each.events), recompute(one, workspaceId, 2, quiet), recompute(two, workspaceId, 2, quiet)]);
        } else if ('clock' in each) await settleDays(two, workspaceId, new Date(START + each.clock * 60_000));
        else await recompute(two, workspaceId, each.limit, quiet);
        const sums = await readSums(workspaceId);
        expect(sums).toEqual(expectedOf(sent, toMicroCredits).sums);
        // What is kept under a generation must never be found again once it is no longer true.
        const { generation } = await generationOf(one, workspaceId, { from: new Date(START - DAY_MS), to: new Date(START + 2 * DAY_MS) });
        expect(sums).toEqual(told.get(generation) ?? sums);
        told.set(generation, sums);
      }
      await untilClean(workspaceId);
      const { sums, active } = expectedOf(sent, toMicroCredits);
      await settleDays(one, workspaceId, new Date(START + 30 * 3_600_000));
      expect(await storedDays(workspaceId)).toEqual(expectedDays(sent));
      expect(await storedSums(workspaceId)).toEqual(sums);
      expect(await activeUsers(workspaceId)).toEqual(active);
    });
    await fc.assert(run, { numRuns: 40 });
  }, 120_000);

  it('announces each row that changed, whole, and nothing when only a duplicate mark stood there', async () => {
    const workspaceId = nextWorkspace();
    const told: ChangedBucket[][] = [];
    const announce = async (changed: ChangedBucket[]): Promise<void> => void told.push(changed);
    await storeEvents(one, workspaceId, [{ id: 'a', time: new Date(START), type: 'execution.completed', credits: '1.5' }]);
    await recompute(one, workspaceId, 10, announce);
    await query(workspaceId, 'INSERT INTO dirty_buckets (workspace_id, bucket) VALUES ($1, $2)', [workspaceId, new Date(START)]);
    expect(await recompute(one, workspaceId, 10, announce)).toMatchObject({ busy: false, buckets: 1 });
    expect(told).toEqual([
      [
        {
          bucket: '2026-03-28T22:30:00.000Z',
          kind: 'execution.completed',
          events: 1,
          succeeded: 1,
          failed: 0,
          credits: '1.5',
          context_tokens: 0,
          generated_tokens: 0,
        },
      ],
    ]);
  });

  it('announces zeros for a kind whose events are gone from their bucket', async () => {
    const workspaceId = nextWorkspace();
    await storeEvents(one, workspaceId, [{ id: 'a', time: new Date(START), type: 'query.run', credits: '2' }]);
    await untilClean(workspaceId);
    await query(workspaceId, 'DELETE FROM events WHERE workspace_id = $1');
    await query(workspaceId, 'INSERT INTO dirty_buckets (workspace_id, bucket) VALUES ($1, $2)', [workspaceId, new Date(START)]);
    const told: ChangedBucket[] = [];
    await recompute(one, workspaceId, 10, async (changed) => void told.push(...changed));
    expect(told).toEqual([expect.objectContaining({ kind: 'query.run', events: 0, credits: '0' })]);
    expect(await storedSums(workspaceId)).toEqual(new Map());
  });

  it('leaves a workspace to the worker that is at it, and takes another', async () => {
    const [busy, free] = [nextWorkspace(), nextWorkspace()];
    for (const workspaceId of [busy, free]) await storeEvents(one, workspaceId, [{ id: 'a', time: new Date(START), type: 'query.run' }]);
    const seen: unknown[] = [];
    await recompute(one, busy, 10, async () => {
      seen.push(await recompute(two, busy, 10, quiet), await recompute(two, free, 10, quiet));
    });
    expect(seen).toEqual([{ busy: true }, expect.objectContaining({ busy: false, buckets: 1 })]);
  });

  it('leaves marks and rollups as they were when PostgreSQL ends its connection before the commit', async () => {
    const workspaceId = nextWorkspace();
    await storeEvents(one, workspaceId, [{ id: 'a', time: new Date(START), type: 'query.run', user_id: 'ann' }]);
    const admin = await openDatabase(database.adminUrl);
    const killed = recompute(two, workspaceId, 10, async () => {
      // Until it is gone: a backend gets the signal a little later than its caller returns.
      await until(async () => (await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()`)).length === 0, 10_000);
    });
    await expect(killed).rejects.toMatchObject({ code: 'unavailable' });
    expect(await marksOf(workspaceId)).toBe(1);
    expect(await storedSums(workspaceId)).toEqual(new Map());
    expect(await activeUsers(workspaceId)).toEqual(new Set());
    await untilClean(workspaceId);
    expect((await storedSums(workspaceId)).size).toBe(1);
    expect(await marksOf(workspaceId)).toBe(0);
    await admin.destroy();
  });

  it('keeps the mark of an event that is committed while the bucket is being recomputed', async () => {
    const workspaceId = nextWorkspace();
    await storeEvents(one, workspaceId, [{ id: 'a', time: new Date(START), type: 'query.run' }]);
    await recompute(one, workspaceId, 10, () => storeEvents(two, workspaceId, [{ id: 'b', time: new Date(START), type: 'query.run' }]));
    expect(await marksOf(workspaceId)).toBe(1);
    await untilClean(workspaceId);
    expect([...(await storedSums(workspaceId)).values()]).toEqual([expect.objectContaining({ events: 2 })]);
  });
});
