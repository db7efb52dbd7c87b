import fc from 'fast-check';
import type { ChangedBucket } from '@shadower/domain';
import { CONFLATION_MS, Conflator, type FeedItem } from './conflator';

const row = (bucket: string, kind: ChangedBucket['kind'], events: number): ChangedBucket => ({ bucket, kind, events, succeeded: 0, failed: 0, credits: '0', context_tokens: 0, generated_tokens: 0 });
const item = (n: number, buckets: ChangedBucket[], more: object = {}): FeedItem => ({ offset: `${n}-0`, ts: '2026-11-23T12:00:00.000Z', data: { buckets, ...more }, trace: `trace-${n}` });

describe('Conflator', () => {
  it('lets the first entry after a quiet time leave at once and holds what follows for 250 ms', () => {
    const conflator = new Conflator();
    expect(conflator.dueIn(0)).toBeUndefined();
    conflator.offer(item(1, [row('b', 'query.run', 1)]));
    expect(conflator.dueIn(0)).toBe(0);
    expect(conflator.take(0)?.offset).toBe('1-0');
    conflator.offer(item(2, [row('b', 'query.run', 2)]));
    expect(conflator.dueIn(100)).toBe(CONFLATION_MS - 100);
    expect(conflator.dueIn(CONFLATION_MS)).toBe(0);
  });

  it('keeps the latest row of each (bucket, kind), the latest facts, offset and trace', () => {
    const conflator = new Conflator();
    conflator.offer(item(1, [row('a', 'query.run', 1), row('b', 'query.run', 1)], { active_users: 1 }));
    conflator.offer(item(2, [row('a', 'query.run', 2), row('a', 'user.active', 7)], { active_users: 3 }));
    expect(conflator.take(0)).toEqual({
      offset: '2-0',
      ts: '2026-11-23T12:00:00.000Z',
      trace: 'trace-2',
      data: { active_users: 3, buckets: [row('a', 'query.run', 2), row('b', 'query.run', 1), row('a', 'user.active', 7)] },
    });
    expect(conflator.take(0)).toBeUndefined();
  });

  it('leaves a client that replaces by key where every single entry would have left it, in at most one frame a window', () => {
    const step = fc.record({ wait: fc.integer({ min: 0, max: 400 }), bucket: fc.constantFrom('a', 'b', 'c'), kind: fc.constantFrom('query.run' as const, 'user.active' as const), events: fc.nat(1000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const conflator = new Conflator();
        const [direct, conflated, sentAt] = [new Map<string, number>(), new Map<string, number>(), [] as number[]];
        const take = (now: number): void => {
          const taken = conflator.take(now);
          if (taken) sentAt.push(now);
          for (const changed of (taken?.data['buckets'] ?? []) as ChangedBucket[]) conflated.set(changed.bucket + changed.kind, changed.events);
        };
        let now = 0;
        steps.forEach((next, n) => {
          for (let end = now + next.wait; now < end; now += 1) if (conflator.dueIn(now) === 0) take(now);
          conflator.offer(item(n, [row(next.bucket, next.kind, next.events)]));
          direct.set(next.bucket + next.kind, next.events);
          if (conflator.dueIn(now) === 0) take(now);
        });
        take(now + CONFLATION_MS);
        expect(conflated).toEqual(direct);
        for (let i = 1; i < sentAt.length; i += 1) expect(sentAt[i]! - sentAt[i - 1]!).toBeGreaterThanOrEqual(CONFLATION_MS);
      }),
    );
  });
});
