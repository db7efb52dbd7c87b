import { onUnexpected } from '../context/unexpected';
import { currentContext } from '../context/request-context';
import { captureLogs } from '../testing/capture-logs';
import { readMetric } from '../testing/read-metric';
import { reportFailedJob, runJob } from './run-job';

const reported: unknown[] = [];
onUnexpected((error) => void reported.push(error));
const job = (attempt: number) => ({ queue: 'rollup', jobType: 'recompute', jobId: '7', attempt, attemptsMax: 3, context: { request_id: 'r', workspace_id: 'w' } });
const runs = (status: string) => readMetric('background_jobs_total', { queue: 'rollup', job_type: 'recompute', status });

describe('runJob', () => {
  let logs: ReturnType<typeof captureLogs>;
  beforeEach(() => {
    logs = captureLogs();
    reported.length = 0;
  });
  afterEach(() => logs.stop());

  it('runs the work with its context, counts and times it', async () => {
    const before = await runs('completed');
    expect(await runJob(job(1), async () => currentContext())).toEqual({ request_id: 'r', workspace_id: 'w', job_id: '7', queue: 'rollup' });
    expect(await runs('completed')).toBe(before + 1);
    expect(await readMetric('background_job_duration_seconds', { job_type: 'recompute' })).toBeGreaterThan(0);
    expect(logs.lines).toEqual([]);
  });

  it('warns while attempts are left, reports when none is', async () => {
    const bug = () => Promise.reject(new TypeError('bug'));
    await expect(runJob(job(2), bug)).rejects.toThrow('bug');
    expect([reported.length, await runs('retried')]).toEqual([0, 1]);
    await expect(runJob(job(3), bug)).rejects.toThrow('bug');
    expect([reported.length, await runs('failed')]).toEqual([1, 1]);
    expect(logs.lines.map(({ level, message, job_id, request_id }) => [level, message, job_id, request_id])).toEqual([['warn', 'job will be retried', '7', 'r'], ['error', 'job failed', '7', 'r']]);
    expect(logs.lines[1]?.['error']).toMatchObject({ type: 'TypeError', message: 'bug' });
  });

  it('does not report what was expected, and does not wait for attempts that will not come', async () => {
    await expect(runJob(job(3), () => Promise.reject(Object.assign(new Error('no'), { expected: true })))).rejects.toThrow('no');
    expect(reported).toEqual([]);
    await expect(runJob(job(1), () => Promise.reject(Object.assign(new Error('poison'), { name: 'UnrecoverableError' })))).rejects.toThrow('poison');
    expect(reported).toHaveLength(1);
  });

  it('reports and counts as failed what the queue gave up by itself', async () => {
    const before = await runs('failed');
    reportFailedJob(job(1), new Error('job stalled more than allowable limit'));
    expect([reported.length, await runs('failed')]).toEqual([1, before + 1]);
    expect(logs.lines).toMatchObject([{ level: 'error', message: 'job failed', job_id: '7', queue: 'rollup', workspace_id: 'w', job_type: 'recompute' }]);
  });

  it('passes the error on without its secrets, for the queue keeps what it said', async () => {
    const thrown = new RangeError('cannot reach redis://:hunter22@cache');
    const passed = await runJob(job(3), () => Promise.reject(thrown)).catch((error: unknown) => error as Error);
    expect(passed).toBe(thrown);
    expect([passed.message, passed.stack]).toEqual(['cannot reach redis://[redacted]@cache', expect.not.stringContaining('hunter22')]);
    const readOnly = Object.defineProperty(new Error(), 'message', { get: () => 'token=hunter22 came late', configurable: true });
    await expect(runJob(job(3), () => Promise.reject(readOnly))).rejects.toMatchObject({ message: 'token=[redacted] came late' });
  });
});
