import { inWorkspace } from '@shadower/database';
import { captureLogs } from '@shadower/telemetry/testing';
import { TestApi } from './test-api';

const KEYS = '/api/v1/workspaces/acme/api-keys';
const OVERVIEW = '/api/v1/workspaces/acme/overview';
const HOUR = 3_600_000;

describe('API keys', () => {
  let api: TestApi;
  let token: string;
  beforeAll(async () => {
    api = await TestApi.start();
    token = await api.token({ acme: 'admin' }, { user: 'ann' });
  });
  afterAll(() => api?.stop());

  const make = async (more: object = {}) => {
    const { status, body } = await api.call('POST', KEYS, { token, body: { name: 'ci', scopes: ['read'], ...more } });
    expect(status).toBe(201);
    return body as { id: string; key: string };
  };
  const read = (key: string) => api.call('GET', OVERVIEW, { token: key });
  const rows = (sql: string, values: unknown[] = []) => inWorkspace(api.dataSource, 'acme', (runner) => runner.query(sql, values));

  it('are shown once, kept as a hash, and listed with who made them and when they were used', async () => {
    const { id, key } = await make({ name: 'Prüfer 1', scopes: ['read', 'ingest', 'read'] });
    expect(key).toMatch(/^shk_acme\.[0-9a-f]{16}\.[\w-]{43}$/);
    const listed = (await api.call('GET', KEYS, { token })).body.items.find((item: { id: string }) => item.id === id);
    expect(listed).toEqual({ id, name: 'Prüfer 1', scopes: ['ingest', 'read'], created_at: expect.any(String), created_by: 'ann', expires_at: null, last_used_at: null });
    const [row] = await rows('SELECT api_keys::text AS all FROM api_keys WHERE id = $1', [id]);
    expect(row.all).not.toContain(key.slice(-43));

    expect((await read(key)).status).toBe(200);
    const used = async () => (await rows('SELECT last_used_at FROM api_keys WHERE id = $1', [id]))[0].last_used_at as Date | null;
    while ((await used()) === null) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(Math.abs(Date.now() - ((await used()) as Date).getTime())).toBeLessThan(30_000);
  });

  it('are refused once revoked, by the next request', async () => {
    const { id, key } = await make();
    expect((await read(key)).status).toBe(200);
    expect((await api.call('DELETE', `${KEYS}/${id}`, { token })).status).toBe(204);
    expect(await read(key)).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    expect((await api.call('DELETE', `${KEYS}/${id}`, { token })).status).toBe(404);
  });

  it('are refused once expired', async () => {
    const { id, key } = await make({ expires_at: new Date(Date.now() + HOUR).toISOString() });
    expect((await read(key)).status).toBe(200);
    await rows(`UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = $1`, [id]);
    expect((await read(key)).status).toBe(401);
  });

  it.each<[string, (key: string) => string]>([
    ['another secret', (key) => key.slice(0, -43) + 'A'.repeat(43)],
    ['another id', (key) => key.replace(/\.[0-9a-f]{16}\./, '.0123456789abcdef.')],
    ['another workspace', (key) => key.replace('acme', 'other')],
    ['no secret', (key) => key.slice(0, -44)],
  ])('are refused with %s', async (_, change) => {
    const { key } = await make();
    expect(await read(change(key))).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
  });

  it('buy a ticket for the live socket of their workspace only', async () => {
    const { key } = await make();
    const buy = (workspace_id: string) => api.call('POST', '/api/v1/stream/tickets', { token: key, body: { workspace_id } });
    expect((await buy('acme')).status).toBe(201);
    expect((await buy('other')).status).toBe(404);
  });

  it('are listed page by page, each once', async () => {
    await rows(`INSERT INTO api_keys (workspace_id, id, secret_hash, name, scopes, created_by) SELECT 'acme', lpad(n::text, 16, '0'), '', 'many', '{read}', 'test' FROM generate_series(1, 9) n`);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await api.call('GET', `${KEYS}?limit=4${cursor && `&cursor=${cursor}`}`, { token });
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.next_cursor as string | null;
    }
    const [{ all }] = await rows('SELECT array_agg(id ORDER BY id) AS all FROM api_keys');
    expect(seen.toSorted()).toEqual(all);
  });

  it.each([
    [{ name: '', scopes: ['read'] }, 400, '/name'],
    [{ name: 'x', scopes: [] }, 400, '/scopes'],
    [{ name: 'x', scopes: ['owner'] }, 400, '/scopes/0'],
    [{ name: 'x', scopes: ['read'], more: 1 }, 400, ''],
    [{ name: 'x', scopes: ['read'], expires_at: '2020-01-01T00:00:00Z' }, 422, '/expires_at'],
  ])('refuses to make %j', async (body, status, pointer) => {
    expect(await api.call('POST', KEYS, { token, body })).toMatchObject({ status, body: { errors: [{ pointer }] } });
  });

  it('never stand in a log line, whole or in part', async () => {
    const logs = captureLogs();
    const { id, key } = await make();
    await read(key);
    await api.call('GET', `${OVERVIEW}?from=${key}`, { token: key, headers: { 'x-request-id': key } });
    const text = JSON.stringify(logs.lines);
    logs.stop();
    expect(text).toContain(id);
    expect(text).not.toContain(key.slice(-43));
  });
});
