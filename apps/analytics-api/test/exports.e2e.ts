import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { appendChunk, claimExport, completeExport, EXPORT_CHUNK_BYTES, inWorkspace } from '@shadower/database';
import { exportProgress } from '@shadower/domain';
import { LiveStream } from '@shadower/redis';
import { TestApi, type Answer } from './test-api';

const EXPORTS = '/api/v1/workspaces/acme/exports';
const ORDER = { dataset: 'events', format: 'csv', from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' };

describe('exports', () => {
  let api: TestApi;
  let token: string;
  beforeAll(async () => {
    api = await TestApi.start();
    token = await api.token({ acme: 'member' }, { user: 'ann' });
  });
  afterAll(() => api?.stop());
  afterEach(() => sql('WITH pieces AS (DELETE FROM export_chunks) DELETE FROM exports'));

  const sql = (text: string, values: unknown[] = []): Promise<unknown> => inWorkspace(api.dataSource, 'acme', (runner) => runner.query(text, values));
  const call = (method: string, path = '', body?: unknown, headers?: Record<string, string>) => api.call(method, EXPORTS + path, { token, body, headers });
  /** What a worker does with an order, as plainly as it can be said. */
  const write = async (id: string, file: Buffer): Promise<void> => {
    const held = await claimExport(api.dataSource, 'acme', id, 60_000);
    if (!held) throw new Error('not to be had');
    for (let no = 0; no * EXPORT_CHUNK_BYTES < file.length; no += 1) {
      const bytes = file.subarray(no * EXPORT_CHUNK_BYTES, (no + 1) * EXPORT_CHUNK_BYTES);
      expect(await appendChunk(api.dataSource, held, { no, bytes }, { rows: no, bytes: no * EXPORT_CHUNK_BYTES + bytes.length, percent: 50 }, 60_000)).toBe(true);
    }
    expect(await completeExport(api.dataSource, held, { rows: 3, bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') })).toBe(true);
  };
  const written = async (file: Buffer, order = {}): Promise<{ id: string; url: string; export: Answer['body'] }> => {
    const { body } = await call('POST', '', { ...ORDER, ...order });
    await write(body.id, file);
    const { body: done } = await call('GET', `/${body.id}`);
    return { id: body.id, url: done.download.url, export: done };
  };
  const fetched = async (path: string, headers: Record<string, string> = {}): Promise<{ status: number; headers: Headers; bytes: Buffer }> => {
    const answer = await fetch(api.url + path, { headers });
    return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
  };

  it('are ordered, looked at, listed page by page, and deleted', async () => {
    const ordered = await call('POST', '', ORDER);
    expect(ordered).toMatchObject({ status: 202, body: { status: 'queued', compression: 'none', filter: {}, requested_by: 'ann', rows: 0, percent: 0, download: null } });
    expect(ordered.headers.get('location')).toBe(`${EXPORTS}/${ordered.body.id}`);
    expect((await call('GET', `/${ordered.body.id}`)).body).toEqual(ordered.body);
    await call('POST', '', { ...ORDER, dataset: 'rollups', format: 'ndjson' });
    const first = (await call('GET', '?limit=1')).body;
    const second = (await call('GET', `?limit=1&cursor=${first.next_cursor}`)).body;
    expect([...first.items, ...second.items].map(({ dataset }: { dataset: string }) => dataset)).toEqual(['rollups', 'events']);
    expect(second.next_cursor).toBeNull();
    expect((await call('DELETE', `/${ordered.body.id}`)).status).toBe(204);
    expect((await call('GET', `/${ordered.body.id}`)).status).toBe(404);
    expect((await call('DELETE', `/${ordered.body.id}`)).status).toBe(404);
  });

  it('are announced live once when they are ordered, and when they are deleted', async () => {
    const { position } = await api.app.get(LiveStream).history('acme');
    const { body } = await call('POST', '', ORDER, { 'idempotency-key': 'told' });
    await call('POST', '', ORDER, { 'idempotency-key': 'told' });
    await call('DELETE', `/${body.id}`);
    const { records } = await api.app.get(LiveStream).history('acme', position);
    const progress = { export_id: body.id, dataset: 'events', format: 'csv', rows: 0, bytes: 0, percent: 0 };
    expect(records.map(({ entry }) => [entry.ch, entry.data])).toEqual([['exports', { ...progress, status: 'queued' }], ['exports', { ...progress, status: 'deleted' }]]);
    expect(records.every(({ entry }) => exportProgress.safeParse(entry.data).success)).toBe(true);
  });

  it.each([
    [{ dataset: 'users' }, '/dataset'],
    [{ format: 'xml' }, '/format'],
    [{ compression: 'zip' }, '/compression'],
    [{ from: undefined }, '/from'],
    [{ from: 'yesterday' }, '/from'],
    [{ to: ORDER.from }, '/to'],
    [{ from: '2001-01-01T00:00:00Z' }, '/from'],
    [{ filter: { status: 'failed' } }, '/filter'],
    [{ filter: { user_id: 'a\u0000' } }, '/filter/user_id'],
    [{ dataset: 'rollups', filter: { user_id: 'ann' } }, '/filter'],
    [{ more: 1 }, ''],
  ])('refuse %j, naming the field', async (change, pointer) => {
    expect(await call('POST', '', { ...ORDER, ...change })).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
    expect((await call('GET')).body.items).toEqual([]);
  });

  it('are ordered once for each Idempotency-Key, and a key stands for one order', async () => {
    const key = { 'idempotency-key': 'one' };
    const [first, second] = await Promise.all([call('POST', '', ORDER, key), call('POST', '', ORDER, key)]);
    expect([first.status, second.status, first.body.id]).toEqual([202, 202, second.body.id]);
    expect([first, second].map(({ headers }) => headers.get('idempotency-replayed')).sort()).toEqual(['true', null].sort());
    expect(await call('POST', '', { ...ORDER, format: 'ndjson' }, key)).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } });
    expect((await call('GET')).body.items).toHaveLength(1);
  });

  it('are at most three at a time, also when they are ordered at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => call('POST', '', ORDER)));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 202, 429, 429, 429, 429, 429]);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({ code: 'rate_limited', errors: [{ detail: expect.stringContaining('at most 3') }] });
    expect(refused?.headers.get('retry-after')).toBe('10');
    const [{ id }] = (await call('GET')).body.items;
    await call('DELETE', `/${id}`);
    expect((await call('POST', '', ORDER)).status).toBe(202);
  });

  it('are downloaded whole and in ranges, and go on where they broke off', async () => {
    const file = randomBytes(2 * EXPORT_CHUNK_BYTES + 1_234);
    const { url, export: done } = await written(file);
    expect(done).toMatchObject({ status: 'completed', bytes: file.length, percent: 100, sha256: createHash('sha256').update(file).digest('hex') });
    const whole = await fetched(url);
    expect([whole.status, whole.bytes.equals(file), whole.headers.get('content-type'), whole.headers.get('content-length')]).toEqual([200, true, 'text/csv; charset=utf-8', String(file.length)]);
    const etag = whole.headers.get('etag')!;
    for (const [first, last] of [[0, 0], [EXPORT_CHUNK_BYTES - 1, EXPORT_CHUNK_BYTES], [5, 2 * EXPORT_CHUNK_BYTES + 5], [file.length - 1, file.length - 1]] as const) {
      const part = await fetched(url, { range: `bytes=${first}-${last}` });
      expect([part.status, part.headers.get('content-range'), part.bytes.equals(file.subarray(first, last + 1))]).toEqual([206, `bytes ${first}-${last}/${file.length}`, true]);
    }
    const rest = await fetched(url, { range: `bytes=${EXPORT_CHUNK_BYTES + 7}-`, 'if-range': etag });
    expect(Buffer.concat([file.subarray(0, EXPORT_CHUNK_BYTES + 7), rest.bytes]).equals(file)).toBe(true);
    const other = await fetched(url, { range: 'bytes=5-', 'if-range': '"another"' });
    expect([other.status, other.bytes.length]).toEqual([200, file.length]);
    const beyond = await fetched(url, { range: `bytes=${file.length}-` });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${file.length}`]);
    expect(JSON.parse(beyond.bytes.toString())).toMatchObject({ code: 'range_not_satisfiable' });
  }, 60_000);

  it('say what they are, compressed and empty ones too', async () => {
    const gzip = await written(Buffer.from('x'), { compression: 'gzip', format: 'ndjson' });
    const { headers } = await fetched(gzip.url);
    expect([headers.get('content-type'), headers.get('content-encoding')]).toEqual(['application/gzip', null]);
    expect(headers.get('content-disposition')).toBe(`attachment; filename="events-${gzip.id}.ndjson.gz"`);
    const empty = await written(Buffer.alloc(0), { format: 'ndjson' });
    const answer = await fetched(empty.url);
    expect([answer.status, answer.bytes.length, answer.headers.get('content-type')]).toEqual([200, 0, 'application/x-ndjson; charset=utf-8']);
  });

  it('are open to their own links only, and gone when they have expired', async () => {
    const { id, url } = await written(Buffer.from('secret'));
    expect(await api.call('GET', `${EXPORTS}/${id}/download`, { token })).toMatchObject({ status: 403 });
    expect(await api.call('GET', url.replace(/signature=../, 'signature=xx'))).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await api.call('GET', url.replace('acme', 'other'))).toMatchObject({ status: 403 });
    // By way of `call`, so that the answer is compared with its description.
    expect(await api.call('GET', url)).toMatchObject({ status: 200, body: 'secret' });
    expect(await api.call('GET', url, { headers: { range: 'bytes=2-' } })).toMatchObject({ status: 206, body: 'cret' });
    expect((await api.call('GET', url, { headers: { range: 'bytes=6-' } })).status).toBe(416);
    await sql(`UPDATE exports SET expires_at = now()`);
    expect(await api.call('GET', url)).toMatchObject({ status: 410, body: { code: 'gone' } });
    expect((await call('GET', `/${id}`)).body).toMatchObject({ status: 'expired', download: null });
    await call('DELETE', `/${id}`);
    expect(await api.call('GET', url)).toMatchObject({ status: 404 });
  });

  it('answer HEAD without reading the file', async () => {
    const file = randomBytes(3 * EXPORT_CHUNK_BYTES);
    const { url } = await written(file);
    await sql('DELETE FROM export_chunks');
    const head = await fetch(api.url + url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), head.headers.get('accept-ranges')]).toEqual([200, String(file.length), 'bytes']);
  });

  it('are bounded in number, so that others get their turn, whoever does not read what he asked for', async () => {
    const { url } = await written(randomBytes(12 * EXPORT_CHUNK_BYTES));
    const idle: IncomingMessage[] = [];
    const refused = async (): Promise<number> => {
      for (let turn = 0; turn < 60; turn++) {
        const [answer] = (await once(get(api.url + url, { agent: false }), 'response')) as [IncomingMessage];
        if (answer.statusCode === 200) idle.push(answer);
        else if (/Too many downloads/.test(await text(answer))) return Number(answer.headers['retry-after']);
      }
      return NaN;
    };
    expect(await refused()).toBe(2);
    expect(idle.length).toBeGreaterThanOrEqual(16);
    expect((await call('GET')).status).toBe(200);
    for (const answer of idle) answer.destroy();
    let again = 0;
    for (let turn = 0; turn < 100 && again !== 206; turn++) again = (await fetched(url, { range: 'bytes=0-9' })).status;
    expect(again).toBe(206);
  }, 60_000);

  it('break off, rather than look whole, when they are deleted in the middle of a download', async () => {
    const { id, url } = await written(randomBytes(12 * EXPORT_CHUNK_BYTES));
    const answer = await fetch(api.url + url);
    const reader = answer.body!.getReader();
    await reader.read();
    await call('DELETE', `/${id}`);
    const rest = async (): Promise<void> => {
      while (!(await reader.read()).done);
    };
    await expect(rest()).rejects.toThrow();
    expect(await sql('SELECT count(*)::int AS n FROM export_chunks')).toEqual([{ n: 0 }]);
  }, 60_000);
});
