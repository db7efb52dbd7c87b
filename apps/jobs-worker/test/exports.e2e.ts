import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { Type } from '@nestjs/common';
import { inWorkspace, overdueExport, removeExport, type ExportRow } from '@shadower/database';
import { liveData, type ExportProgress, type ExportRequest } from '@shadower/domain';
import { LiveStream } from '@shadower/redis';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import type { ExportProcessor } from '../src/exports/export.processor';
import type { ExportRun } from '../src/exports/export-run';
import { ExportDatabase, type StoredEvent } from './export-database';
import { startWorkers, type RunningWorkers } from './running-workers';
import { until } from './until';

const SPAN = { from: '2026-02-01T00:00:00Z', to: '2026-03-01T00:00:00Z' };
/** What a spreadsheet could take for a formula, and what CSV and JSON could trip over. */
const HOSTILE = ['=1+1', '+1', '-1', '@SUM(A1)', "'=1", "'", '=HYPERLINK("http://x","y")', ',"=1', '"', '""', ',', ';', '\\', '\\N', '\\.', 'a\\"b', '＝1', '－1', ' =1', 'x"=1', '","=1', 'é', '😀', '‮', '{}', "a','b", 'null'];

describe('exports', () => {
  let worker: RunningWorkers;
  let dataSource: DataSource;
  let stream: LiveStream;
  let run: ExportRun;
  let processor: ExportProcessor;
  let exports: ExportDatabase;

  beforeAll(async () => {
    worker = await startWorkers(1);
    ({ dataSource } = worker);
    exports = new ExportDatabase(dataSource);
    stream = new LiveStream(worker.redis);
    // Not imported above, because they read the environment.
    run = worker.app.get(jest.requireActual<{ ExportRun: Type<ExportRun> }>('../src/exports/export-run').ExportRun);
    processor = worker.app.get(jest.requireActual<{ ExportProcessor: Type<ExportProcessor> }>('../src/exports/export.processor').ExportProcessor);
  }, 60_000);
  afterAll(() => worker?.stop(), 60_000);

  /** Orders an export, has it written, and gives its file. */
  const written = async (workspaceId: string, request: Partial<ExportRequest>): Promise<{ row: ExportRow; file: Buffer }> => {
    const id = await exports.order(workspaceId, { dataset: 'events', format: 'csv', compression: 'none', filter: {}, ...SPAN, ...request } as ExportRequest);
    await run.run(workspaceId, id);
    return { row: await exports.row(workspaceId, id), file: await exports.file(workspaceId, id) };
  };
  const cells = (file: Buffer) => parse(file, { columns: true, cast: (value, { header, quoting }) => (header ? value : value === '' && !quoting ? null : value.replace(/^'/, '')) }) as Record<string, string | null>[];
  const lines = (file: Buffer) => file.toString().split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>);
  const at = (minute: number) => new Date(Date.parse(SPAN.from) + minute * 60_000).toISOString();

  it('gives back exactly what was stored, as CSV and as NDJSON, whatever it says', async () => {
    const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((value) => !/[\u0000-\u001f\u007f]/.test(value) && value.isWellFormed()));
    const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary);
    const event = fc.record({ event_id: text, user_id: maybe(text), agent_id: maybe(text), execution_id: maybe(text), model: maybe(text), credits: maybe(fc.constantFrom('0', '0.000001', '12.5', '999999999999.999999')), duration_ms: maybe(fc.nat()), data: maybe(fc.dictionary(text, fc.oneof(text, fc.integer()), { maxKeys: 3 })) });
    let n = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (list) => {
        const workspaceId = `hostile-${n++}`;
        // Some share their time, so that the id decides.
        const events: StoredEvent[] = [...new Map(list.map((item) => [item.event_id, item])).values()].map((item, index) => ({ ...item, type: 'query.run', time: at(index >> 2) }));
        await exports.store(workspaceId, events);
        const order = (a: StoredEvent, b: StoredEvent) => a.time.localeCompare(b.time) || Buffer.compare(Buffer.from(a.event_id), Buffer.from(b.event_id));
        const wanted = events.toSorted(order).map(({ time, event_id, data, ...rest }) => ({ ...rest, time: time.replace('.000Z', 'Z'), id: event_id, data: data ?? null }));
        const csv = cells((await written(workspaceId, {})).file).map(({ status: _s, context_tokens: _c, generated_tokens: _g, trace_id: _t, data, duration_ms, ...row }) => ({ ...row, duration_ms: typeof duration_ms === 'string' ? Number(duration_ms) : null, data: typeof data === 'string' ? JSON.parse(data) : null }));
        expect(csv).toEqual(wanted);
        const json = lines((await written(workspaceId, { format: 'ndjson' })).file).map(({ status: _s, context_tokens: _c, generated_tokens: _g, trace_id: _t, ...row }) => row);
        expect(json).toEqual(wanted);
      }),
      { numRuns: 25, endOnFailure: true },
    );
  }, 120_000);

  it('leaves no cell that a spreadsheet would take for a formula, and makes no text of a number', async () => {
    await exports.store('formula', HOSTILE.map((hostile, index) => ({ time: at(index), event_id: `${index}`, type: 'query.run', user_id: hostile, agent_id: hostile, execution_id: hostile, model: hostile, credits: '1.5', duration_ms: 7 })));
    const { file } = await written('formula', {});
    const rows = parse(file, { columns: true }) as Record<string, string>[];
    expect(rows).toHaveLength(HOSTILE.length);
    expect(rows.flatMap((row) => Object.values(row)).filter((cell) => /^[=+\-@\t\r＝＋－＠]/.test(cell))).toEqual([]);
    expect(rows[0]).toMatchObject({ credits: '1.5', duration_ms: '7' });
    expect(file.toString()).toMatch(/,1\.5,7,/);
  });

  it('compresses, counts, hashes and cuts a file of several pieces', async () => {
    await exports.fill('many', 30_000, SPAN.from);
    const plain = await written('many', {});
    expect(cells(plain.file).map(({ id }) => id)).toEqual(Array.from({ length: 30_000 }, (_, index) => `e${String(index + 1).padStart(6, '0')}`));
    expect(await exports.chunks('many')).toBeGreaterThan(2);
    for (const { row, file } of [plain, await written('many', { compression: 'gzip' })]) {
      expect(row).toMatchObject({ status: 'completed', rows: '30000', bytes: String(file.length), sha256: createHash('sha256').update(file).digest('hex') });
      expect(row.spec.compression === 'gzip' ? gunzipSync(file).equals(plain.file) : true).toBe(true);
    }
  }, 60_000);

  it('filters, and exports executions and rollups as their rows are counted by hand', async () => {
    const event = (minute: number, type: string, more: Partial<StoredEvent> = {}): StoredEvent => ({ time: at(minute), event_id: `${type}-${minute}`, type, ...more });
    const started = (minute: number, run: string) => event(minute, 'execution.started', { execution_id: run, user_id: 'ann' });
    const done = (minute: number, run: string, credits: string) => event(minute, 'execution.completed', { execution_id: run, user_id: 'ben', credits });
    const others = [event(40, 'user.active', { user_id: 'ann' }), { ...event(0, 'user.active'), time: SPAN.to }];
    await exports.store('sets', [started(0, 'one'), done(3, 'one', '1.25'), started(16, 'two'), done(18, 'three', '0.5'), ...others]);
    expect(lines((await written('sets', { dataset: 'executions', format: 'ndjson' })).file).map(({ execution_id, status }) => [execution_id, status])).toEqual([['one', 'succeeded'], ['two', 'running'], ['three', 'succeeded']]);
    expect(cells((await written('sets', { dataset: 'executions', filter: { status: 'running' } })).file).map(({ execution_id }) => execution_id)).toEqual(['two']);
    expect(cells((await written('sets', { filter: { user_id: 'ann' } })).file).map(({ id }) => id)).toEqual(['execution.started-0', 'execution.started-16', 'user.active-40']);
    const rollups = lines((await written('sets', { dataset: 'rollups', format: 'ndjson' })).file).map(({ bucket, type, events, credits }) => [bucket, type, events, credits]);
    const bucket = (minute: number) => at(minute).replace('.000Z', 'Z');
    expect(rollups).toEqual([[bucket(0), 'execution.completed', 1, '1.25'], [bucket(0), 'execution.started', 1, '0'], [bucket(15), 'execution.completed', 1, '0.5'], [bucket(15), 'execution.started', 1, '0'], [bucket(30), 'user.active', 1, '0']]);
    expect(cells((await written('sets', { dataset: 'rollups', filter: { type: 'user.active' } })).file)).toHaveLength(1);
  }, 60_000);

  it('is begun by its job, and by the sweep when there is none; tells of its progress on the live stream', async () => {
    await exports.fill('told', 30_000, SPAN.from);
    await exports.store('told', []); // marked, so that the worker rolls it up
    await until(async () => (await exports.rolledUp('told')) === 30_000, 20_000);
    const { position } = await stream.history('told');
    const request = { dataset: 'events', format: 'csv', compression: 'none', filter: {}, ...SPAN } as ExportRequest;
    const hinted = await exports.order('told', request, 3_600_000);
    await worker.queues.of('export').add('export', { v: 1, workspace_id: 'told', export_id: hinted });
    const unhinted = await exports.order('told', request, 0);
    const completed = async (id: string) => (await exports.row('told', id)).status === 'completed';
    await until(async () => (await completed(hinted)) && completed(unhinted), 30_000);
    const told = (await stream.history('told', position)).records.filter(({ entry }) => entry.ch === 'exports').map(({ entry }) => entry.data as ExportProgress).filter(({ export_id }) => export_id === hinted);
    for (const data of told) expect(liveData.exports.parse(data)).toEqual(data);
    expect(told.at(0)).toMatchObject({ status: 'running', rows: 0, percent: 0 });
    expect(told.at(-1)).toMatchObject({ status: 'completed', rows: 30_000, percent: 100, format: 'csv', dataset: 'events' });
    // As it was noted with the last piece.
    const { percent } = await exports.row('told', hinted);
    expect(percent).toBeGreaterThan(90);
    expect(percent).toBeLessThan(100);
  }, 60_000);

  it('leaves nothing behind when it is deleted in the middle, or fails', async () => {
    await exports.fill('gone', 30_000, SPAN.from);
    const request = { dataset: 'events', format: 'csv', compression: 'none', filter: {}, ...SPAN } as ExportRequest;
    const deleted = await exports.order('gone', request);
    const running = run.run('gone', deleted);
    await until(async () => (await exports.chunks('gone')) > 0, 20_000);
    expect(await inWorkspace(dataSource, 'gone', (runner) => removeExport(runner, 'gone', deleted))).toMatchObject({ id: deleted });
    await running;
    expect(await exports.chunks('gone')).toBe(0);

    const large = await exports.order('gone', request);
    await run.run('gone', large, { rows: 20_000, bytes: 1e9 });
    expect(await exports.row('gone', large)).toMatchObject({ status: 'failed', rows: '0', error: expect.stringContaining('limit of 20000 rows') });
    const heavy = await exports.order('gone', request);
    await run.run('gone', heavy, { rows: 1e9, bytes: 1_500_000 });
    expect(await exports.row('gone', heavy)).toMatchObject({ status: 'failed', error: expect.stringContaining('limit of 1500000 bytes') });
    expect(await exports.chunks('gone')).toBe(0);
  }, 60_000);

  it('expires: its file is deleted, and in the end what is known of it', async () => {
    await exports.fill('old', 3, SPAN.from);
    const { row } = await written('old', {});
    expect(await exports.chunks('old')).toBeGreaterThan(0);
    const expire = (later: number) => processor.expire(new Date(row.expires_at!.getTime() + later));
    await expire(-1);
    expect((await exports.row('old', row.id)).status).toBe('completed');
    const { position } = await stream.history('old');
    await expire(1);
    expect((await exports.row('old', row.id)).status).toBe('expired');
    expect((await stream.history('old', position)).records.map(({ entry }) => entry.data)).toMatchObject([{ export_id: row.id, status: 'expired', rows: 3, percent: 100 }]);
    expect(await exports.chunks('old')).toBe(0);
    await expire(31 * 86_400_000);
    expect(await exports.row('old', row.id)).toBeUndefined();
  }, 60_000);

  it('leaves nothing of a file of many pieces, which are deleted part by part', async () => {
    const pieces = async (status: string): Promise<string> => {
      const id = await exports.order('heavy', { dataset: 'events', format: 'csv', compression: 'none', filter: {}, ...SPAN } as ExportRequest);
      await inWorkspace(dataSource, 'heavy', async (runner) => {
        await runner.query('UPDATE exports SET status = $2, expires_at = now() WHERE workspace_id = $1 AND id = $3', ['heavy', status, id]);
        await runner.query(`INSERT INTO export_chunks SELECT $1, $2, no, 'x' FROM generate_series(0, 299) no`, ['heavy', id]);
      });
      return id;
    };
    const deleted = await pieces('completed');
    await inWorkspace(dataSource, 'heavy', (runner) => removeExport(runner, 'heavy', deleted));
    expect(await exports.chunks('heavy')).toBe(300 - 128);
    await pieces('failed');
    await pieces('completed');
    await processor.expire(new Date(Date.now() + 60_000));
    expect(await exports.chunks('heavy')).toBe(0);
    // Claimed anew after a crash: what the first worker wrote must be gone before the second begins.
    const crashed = await pieces('running');
    await inWorkspace(dataSource, 'heavy', (runner) => runner.query(`UPDATE exports SET lease_until = now() - interval '1 second' WHERE workspace_id = $1 AND id = $2`, ['heavy', crashed]));
    await run.run('heavy', crashed);
    expect((await exports.row('heavy', crashed)).status).toBe('completed');
    expect(await exports.chunks('heavy')).toBeLessThan(2);
  }, 60_000);

  it('is not written twice, and not by a worker whose lease is over', async () => {
    await exports.fill('fenced', 30_000, SPAN.from);
    const id = await exports.order('fenced', { dataset: 'events', format: 'csv', compression: 'none', filter: {}, ...SPAN } as ExportRequest);
    const first = run.run('fenced', id);
    await until(async () => (await exports.row('fenced', id)).status === 'running', 10_000);
    await run.run('fenced', id); // held by the first: nothing happens
    await inWorkspace(dataSource, 'fenced', (runner) => runner.query(`UPDATE exports SET lease_until = now() - interval '1 second' WHERE workspace_id = 'fenced' AND status = 'running'`));
    await Promise.all([run.run('fenced', id), first]);
    const row = await until(async () => [await exports.row('fenced', id)].find(({ status }) => status === 'completed'), 20_000);
    const file = await exports.file('fenced', id);
    expect(row).toMatchObject({ rows: '30000', sha256: createHash('sha256').update(file).digest('hex') });
    expect(await overdueExport(dataSource)).toBeUndefined();
  }, 60_000);
});
