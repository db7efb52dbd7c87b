import { changedBucket, liveEntry, type ChangedBucket } from '@shadower/domain';
import { liveFrames } from './live-frames';

const row = (kind: ChangedBucket['kind'], minute = 0): ChangedBucket => ({
  bucket: new Date(Date.UTC(2026, 0, 1, 0, minute * 15)).toISOString(),
  kind,
  events: 3,
  succeeded: 2,
  failed: 1,
  credits: '1.25',
  context_tokens: 10,
  generated_tokens: 5,
});

describe('liveFrames', () => {
  it('tells all of a row on metrics, and its part on credits and executions', () => {
    expect(liveFrames([row('execution.completed')], 7)).toEqual([
      { ch: 'metrics', data: { buckets: [row('execution.completed')], active_users: 7 } },
      { ch: 'credits', data: { buckets: [{ bucket: '2026-01-01T00:00:00.000Z', kind: 'execution.completed', credits: '1.25' }] } },
      { ch: 'executions', data: { buckets: [{ bucket: '2026-01-01T00:00:00.000Z', kind: 'execution.completed', events: 3, succeeded: 2, failed: 1 }] } },
    ]);
  });

  it('says nothing on executions when no execution changed, and nothing at all without a change', () => {
    expect(liveFrames([row('user.active')], 7).map(({ ch }) => ch)).toEqual(['metrics', 'credits']);
    expect(liveFrames([], 7)).toEqual([]);
  });

  it('splits many rows into entries that stay far below the largest frame, and loses none', () => {
    const rows = Array.from({ length: 1_234 }, (_, index) => row('query.run', index));
    const frames = liveFrames(rows, 7);
    for (const frame of frames) {
      expect(JSON.stringify(frame).length).toBeLessThan(32_768);
      expect(liveEntry.safeParse({ ...frame, ts: new Date(0).toISOString() }).success).toBe(true);
    }
    const told = frames.filter(({ ch }) => ch === 'metrics').flatMap(({ data }) => (data as { buckets: unknown[] }).buckets.map((each) => changedBucket.parse(each)));
    expect(told).toEqual(rows);
  });
});
