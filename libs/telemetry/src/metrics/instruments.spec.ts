import { readMetric } from '../testing/read-metric';
import { counter, gauge, histogram, onScrape, processRegistry, time } from './instruments';

describe('instruments', () => {
  it('fold what the catalog does not know', async () => {
    counter('websocket_messages_total').inc({ direction: 'in', message_type: 'made-up-by-a-client' });
    expect(await readMetric('websocket_messages_total', { message_type: 'unknown' })).toBe(1);
    counter('http_requests_total').inc({ method: 'PROPFIND', endpoint: '/x', status: '405' });
    expect(await readMetric('http_requests_total', { method: 'other' })).toBe(1);
  });

  it('give the first values their name and count those that come too late', async () => {
    const credits = counter('analytics_credits_consumed_total');
    for (let index = 0; index < 60; index++) credits.inc({ workspace_id: `w${index}` }, 2);
    expect(await readMetric('analytics_credits_consumed_total', { workspace_id: 'w49' })).toBe(2);
    expect(await readMetric('analytics_credits_consumed_total', { workspace_id: 'w50' })).toBe(0);
    expect(await readMetric('analytics_credits_consumed_total', { workspace_id: 'other' })).toBe(20);
    expect(await readMetric('telemetry_dropped_total', { signal: 'metrics', reason: 'cardinality' })).toBe(10);
  });

  it('begin closed counters at 0, so that a rate sees the first event', async () => {
    expect(await readMetric('analytics_events_ingested_total', { result: 'accepted' })).toBe(0);
    expect(await processRegistry.getSingleMetricAsString('analytics_events_ingested_total')).toContain('result="rejected"} 0');
  });

  it('time what returns, resolves, throws and rejects', async () => {
    const query = <T>(fn: () => T): T => time('database_query_duration_seconds', { operation: 'select' }, fn);
    expect(query(() => 1)).toBe(1);
    expect(await query(async () => 2)).toBe(2);
    expect(() => query(() => { throw new Error('a'); })).toThrow('a');
    await expect(query(() => Promise.reject(new Error('b')))).rejects.toThrow('b');
    expect(await readMetric('database_query_duration_seconds', { operation: 'select' })).toBe(4);
  });

  it('set a gauge afresh at each scrape', async () => {
    let active = 3;
    onScrape('database_connections', () => [{ labels: { state: 'active' }, value: active }]);
    expect(await readMetric('database_connections', { state: 'active' })).toBe(3);
    active = 1;
    expect(await readMetric('database_connections')).toBe(1);
    gauge('websocket_connections_active').inc({});
    gauge('websocket_connections_active').dec({});
    expect(await readMetric('websocket_connections_active')).toBe(0);
    histogram('rollup_delay_seconds').observe({}, 0.2);
    expect(await readMetric('rollup_delay_seconds')).toBe(1);
  });
});
