import { setTimeout as pause } from 'node:timers/promises';
import { liveData } from '@shadower/domain';
import { LiveStream, RollupHints } from '@shadower/redis';
import { runInContext, withSpan } from '@shadower/telemetry';
import { captureLogs, collectSpans, readMetric } from '@shadower/telemetry/testing';
import type { DataSource } from 'typeorm';
import { startWorkers, type RunningWorkers } from './running-workers';
import { until } from './until';
import { storeEvents } from './worker-database';

describe('the worker', () => {
  let dataSource: DataSource;
  let hints: RollupHints;
  let stream: LiveStream;
  let workers: RunningWorkers;
  let logs: ReturnType<typeof captureLogs>;
  let spans: ReturnType<typeof collectSpans>;

  beforeAll(async () => {
    spans = collectSpans();
    // Two replicas: what must happen once is then seen to happen once.
    workers = await startWorkers(2);
    logs = captureLogs();
    dataSource = workers.dataSource;
    [hints, stream] = [new RollupHints(workers.queues), new LiveStream(workers.redis)];
  }, 60_000);
  afterAll(async () => {
    await workers?.stop();
    logs?.stop();
    await spans?.stop();
  }, 60_000);

  const event = (id: string) => ({ id, time: new Date(), type: 'execution.completed' as const, user_id: 'ann', credits: '0.25' });
  const rolledUp = async (workspaceId: string): Promise<number> => {
    const history = await dataSource.query(`SELECT set_config('app.scope', 'system', false)`).then(() => dataSource.query('SELECT sum(events)::int AS events FROM rollup_15m WHERE workspace_id = $1', [workspaceId]));
    return history[0]?.events ?? 0;
  };

  const jobsOf = async (workspaceId: string): Promise<number> => logs.lines.filter(({ message, workspace_id }) => message === 'rolled up' && workspace_id === workspaceId).length;

  it('tells the live stream, in the trace and for the request that caused it', async () => {
    const { position } = await stream.history('hinted');
    const traceId = await runInContext({ request_id: 'req-1', user_id: 'ann' }, () =>
      withSpan('POST events', {}, async (span) => {
        await storeEvents(dataSource, 'hinted', [event('a')]);
        hints.hint('hinted');
        return span.spanContext().traceId;
      }),
    );
    const records = await until(async () => (await stream.history('hinted', position)).records.length > 2 && (await stream.history('hinted', position)).records, 10_000);
    expect(records.map(({ entry }) => entry.ch).sort()).toEqual(['credits', 'executions', 'metrics']);
    for (const { entry } of records) expect(liveData[entry.ch].parse(entry.data)).toEqual(entry.data);
    const metrics = records.find(({ entry }) => entry.ch === 'metrics')?.entry;
    expect(metrics).toMatchObject({ request_id: 'req-1', data: { buckets: [{ kind: 'execution.completed', events: 1, credits: '0.25' }] } });
    expect(metrics?.trace?.split('-')[1]).toBe(traceId);
    const line = await until(async () => logs.lines.find(({ message, workspace_id }) => message === 'rolled up' && workspace_id === 'hinted'), 5_000);
    expect(line).toMatchObject({ request_id: 'req-1', user_id: 'ann', trace_id: traceId, queue: 'rollup', job_id: expect.any(String) });
    expect(await readMetric('background_jobs_total', { queue: 'rollup', status: 'completed' })).toBeGreaterThan(0);
    expect(await readMetric('rollup_delay_seconds')).toBeGreaterThan(0);
  }, 20_000);

  it('tells it within a second of the hint', async () => {
    const took: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const { position } = await stream.history(`timed-${round}`);
      await storeEvents(dataSource, `timed-${round}`, [event('a')]);
      const begun = performance.now();
      hints.hint(`timed-${round}`);
      await until(async () => (await stream.history(`timed-${round}`, position)).records.length > 0, 10_000);
      took.push(performance.now() - begun);
    }
    // The middle of seven, because a busy machine stops every process now and then.
    expect(took.sort((a, b) => a - b)[3]).toBeLessThan(1_000);
  }, 80_000);

  it('counts all of a stream of small batches, though most of their hints are left out', async () => {
    for (let n = 0; n < 60; n += 1) {
      await storeEvents(dataSource, 'busy', [event(`e${n}`)]);
      hints.hint('busy');
      await pause(10);
    }
    await until(async () => (await rolledUp('busy')) === 60, 10_000);
    // About one job for each 250 ms, not one for each batch; the two workers count together, for they share this process.
    expect(await jobsOf('busy')).toBeLessThan(30);
  }, 20_000);

  it('finds within seconds what the queue has lost', async () => {
    await storeEvents(dataSource, 'lost', [event('a')]);
    await until(async () => (await rolledUp('lost')) === 1, 15_000);
    expect(await readMetric('background_jobs_total', { job_type: 'sweep', status: 'completed' })).toBeGreaterThan(0);
  }, 20_000);
});
