import { env } from '../config';
import { deliveryOf } from '../context/delivery';
import { capWorkspaces, clusterMetrics } from './cluster';
import { expose, TEXT, type Readable } from './exposition';
import { onClusterScrape } from './instruments';

const row = (workspace_id: string, window: string, value: number) => ({ labels: { workspace_id, window }, value });

describe('capWorkspaces', () => {
  const rows = [row('a', '1d', 5), row('a', '7d', 9), row('b', '1d', 1), row('b', '7d', 2), row('c', '1d', 3), row('c', '7d', 4)];

  it('keeps the biggest and adds up the rest, window by window', () => {
    expect(capWorkspaces(rows, 1)).toEqual([row('a', '1d', 5), row('a', '7d', 9), row('other', '1d', 4), row('other', '7d', 6)]);
  });

  it('with 0 keeps only sums', () => expect(capWorkspaces(rows, 0)).toEqual([row('other', '1d', 9), row('other', '7d', 15)]));
});

describe('clusterMetrics', () => {
  const scrape = async (now: number) => expose((await clusterMetrics(now)) as unknown as Readable[], TEXT);

  it('leaves out what cannot be found out, forgets what vanished, and asks at most every 5 s', async () => {
    let users = Array.from({ length: env.METRICS_WORKSPACES + 10 }, (_, index) => ({ labels: { workspace_id: `w${index}`, window: '1d' as const }, value: 1000 - index }));
    let asked = 0;
    onClusterScrape('analytics_active_users', () => {
      asked++;
      return users;
    });
    onClusterScrape('cache_size_bytes', async () => Promise.reject(new Error('down')));
    const first = await scrape(0);
    expect(first.match(/^analytics_active_users\{/gm)).toHaveLength(env.METRICS_WORKSPACES + 1);
    expect(first).not.toContain('cache_size_bytes');
    users = [];
    expect(await scrape(4_999)).toBe(first);
    expect(asked).toBe(1);
    expect(await scrape(5_000)).not.toContain('workspace_id=');
  });

  it('counts as delivered again once every collector has answered', async () => {
    await scrape(10_000);
    const { deliveredAt, failedAt = 0 } = deliveryOf('metrics');
    expect([deliveredAt, failedAt > 0]).toEqual([undefined, true]);
    onClusterScrape('cache_size_bytes', async () => [{ labels: {}, value: 1 }]);
    await scrape(15_000);
    expect(deliveryOf('metrics').deliveredAt).toBeGreaterThanOrEqual(failedAt);
  });
});
