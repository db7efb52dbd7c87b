import { inWorkspace } from '@shadower/database';
import { roleReaches, ROLES, SCOPES, type Role, type Scope } from '@shadower/domain';
import { openApiOf } from '../src/http/open-api';
import { tenantObjects, type TenantObject } from './tenant-objects';
import { TestApi } from './test-api';

const event = { id: 'one', type: 'user.active', time: new Date().toISOString(), user_id: 'ann' };

const order = { dataset: 'events', format: 'csv', from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' };

interface Guarded {
  /** The least role that may call it. */
  role: Role;
  /** The scope that a key needs; null: no key may. */
  scope: Scope | null;
  /** What the last parameter of the path names; one is made for each call. */
  names?: TenantObject;
  query?: string;
  body?: unknown;
  /** Of a right request; 200 when left out. Never a refusal, or a guard that lets all through would pass. */
  status?: number;
}
/** Every route that needs a token, and a request that is right. A route without an entry fails the test. */
const GUARDED: Record<string, Guarded> = {
  'POST /api/v1/workspaces/:wid/events': { role: 'member', scope: 'ingest', body: { events: [event] } },
  'GET /api/v1/workspaces/:wid/overview': { role: 'viewer', scope: 'read' },
  'GET /api/v1/workspaces/:wid/active-users': { role: 'viewer', scope: 'read' },
  'GET /api/v1/workspaces/:wid/credits': { role: 'viewer', scope: 'read' },
  'GET /api/v1/workspaces/:wid/credits/balance': { role: 'viewer', scope: 'read' },
  'GET /api/v1/workspaces/:wid/retention': { role: 'viewer', scope: 'read' },
  'GET /api/v1/workspaces/:wid/executions': { role: 'viewer', scope: 'read' },
  'GET /api/v1/workspaces/:wid/executions/:execution': { role: 'viewer', scope: 'read', names: 'execution' },
  'GET /api/v1/workspaces/:wid/retention-policy': { role: 'viewer', scope: 'read' },
  'PUT /api/v1/workspaces/:wid/retention-policy': { role: 'admin', scope: 'admin', body: { events_days: 30 } },
  'DELETE /api/v1/workspaces/:wid/users/:uid': { role: 'admin', scope: 'admin', status: 202 },
  'GET /api/v1/workspaces/:wid/users/:uid/erasure': { role: 'admin', scope: 'admin', names: 'erasure' },
  'GET /api/v1/workspaces/:wid/agents': { role: 'viewer', scope: 'read' },
  'GET /api/v1/workspaces/:wid/agents/:agent/analytics': { role: 'viewer', scope: 'read', names: 'agent' },
  'GET /api/v1/workspaces/:wid/metrics': { role: 'viewer', scope: 'read', query: '?metric=events' },
  'GET /api/v1/workspaces/:wid/credits/quota': { role: 'viewer', scope: 'read' },
  'PUT /api/v1/workspaces/:wid/credits/quota': { role: 'admin', scope: 'admin', body: { period: 'month', limit: '10' } },
  'GET /api/v1/workspaces/:wid/alerts': { role: 'viewer', scope: 'read' },
  'POST /api/v1/workspaces/:wid/alerts/:id/ack': { role: 'member', scope: 'admin', names: 'alert' },
  'POST /api/v1/workspaces/:wid/api-keys': { role: 'admin', scope: null, body: { name: 'ci', scopes: ['ingest'] }, status: 201 },
  'GET /api/v1/workspaces/:wid/api-keys': { role: 'admin', scope: null },
  'DELETE /api/v1/workspaces/:wid/api-keys/:id': { role: 'admin', scope: null, names: 'key', status: 204 },
  'POST /api/v1/workspaces/:wid/exports': { role: 'member', scope: 'export', body: order, status: 202 },
  'GET /api/v1/workspaces/:wid/exports': { role: 'member', scope: 'export' },
  'GET /api/v1/workspaces/:wid/exports/:id': { role: 'member', scope: 'export', names: 'export' },
  'DELETE /api/v1/workspaces/:wid/exports/:id': { role: 'member', scope: 'export', names: 'export', status: 204 },
  'POST /api/v1/stream/tickets': { role: 'viewer', scope: 'read', body: { workspace_id: 'acme' }, status: 201 },
};
/** What the guard says of a workspace that is not the caller's, and nothing else does. */
const FOREIGN = { status: 404, body: { code: 'not_found', detail: 'There is no such workspace, or it is not yours.' } };
const NO_ID = '00000000-0000-4000-8000-000000000000';
/** Routes for those who run the system, with the status of a right request. */
const OPERATORS: Record<string, number> = {
  'GET /api/v1/admin/jobs/dead': 200,
  'POST /api/v1/admin/jobs/dead/:id/retry': 404,
};
/** Routes whose address itself carries the right, signed. */
const SIGNED = ['GET /api/v1/workspaces/:wid/exports/:id/download'];
/** Bull Board's own routes: for operators, and described nowhere. */
const BOARD = /^\S+ \/admin\/queues/;
/** Routes for everybody who reaches the port. */
const OPEN = /^GET (\/(health|health\/detailed|live|ready|metrics|metrics\/cluster|api\/v1\/metrics)|\/docs.*)$/;

describe('routes', () => {
  let api: TestApi;
  let objects: ReturnType<typeof tenantObjects>;
  /** Keys of acme with one scope each, and one of another workspace with all of them. */
  const keys = {} as Record<Scope | 'foreign', string>;
  beforeAll(async () => {
    api = await TestApi.start();
    objects = tenantObjects(api);
    const token = await api.token({ acme: 'admin', other: 'admin' });
    const make = async (workspace: string, scopes: readonly Scope[]) => (await api.call('POST', `/api/v1/workspaces/${workspace}/api-keys`, { token, body: { name: 'test', scopes } })).body.key;
    for (const scope of SCOPES) keys[scope] = await make('acme', [scope]);
    keys.foreign = await make('other', SCOPES);
    for (const workspace of ['acme', 'other']) await api.call('PUT', `/api/v1/workspaces/${workspace}/credits/quota`, { token, body: { period: 'month', limit: '10' } });
  });
  afterAll(() => api?.stop());

  it('are all open or guarded on purpose, and all documented', () => {
    const routes = api.routes.filter((route) => !/^(HEAD|OPTIONS)/.test(route) && !OPEN.test(route) && !BOARD.test(route)).sort();
    expect(routes).toEqual([...Object.keys(GUARDED), ...Object.keys(OPERATORS), ...SIGNED].sort());
    const documented = Object.entries(openApiOf(api.app).paths).flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`));
    expect(documented.filter((route) => !OPEN.test(route)).sort()).toEqual(routes);
  });

  describe.each(Object.entries(GUARDED))('%s', (route, { role, scope, names, query = '', body, status = 200 }) => {
    const [method = '', template = ''] = route.split(' ');
    /** Always under acme; `owner` is whose object is named. */
    const callWith = async (token?: string, owner = 'acme') => {
      // Only so many exports may be under way.
      if (body === order) await inWorkspace(api.dataSource, 'acme', (runner) => runner.query('DELETE FROM exports WHERE workspace_id = $1', ['acme']));
      const path = template.replace(':wid', 'acme').replace(/:(execution|agent|id|uid)/, names ? await objects[names](owner) : 'ann');
      return { ...(await api.call(method, path + query, { token, body })), path };
    };
    const call = async (workspaces?: Record<string, Role>, owner?: string) => callWith(workspaces && (await api.token(workspaces)), owner);

    it('refuses a caller without a token', async () => expect(await call()).toMatchObject({ status: 401, body: { code: 'unauthorized' } }));
    it('hides the workspace from another tenant', async () => expect(await call({ other: 'owner' })).toMatchObject(FOREIGN));
    it.each(ROLES)('refuses the role %s when it is too low, else serves it', async (held) => {
      const answer = await call({ acme: held });
      if (roleReaches(held, role)) expect(answer.status).toBe(status);
      else expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    });
    it('hides the workspace from a key of another', async () => expect(await callWith(keys.foreign)).toMatchObject(FOREIGN));
    if (names) {
      it('knows nothing of what another tenant has, also for who is at home in both', async () => {
        for (const workspaces of [{ acme: 'owner' }, { acme: 'owner', other: 'owner' }] as Record<string, Role>[]) {
          const answer = await call(workspaces, 'other');
          expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
          expect(answer.body.detail).not.toBe(FOREIGN.body.detail);
          // It was there all the time, and still is.
          const there = await api.call(method, answer.path.replace('acme', 'other') + query, { token: await api.token({ other: 'owner' }), body });
          expect(there.status).toBe(status);
        }
      });
    }
    it.each(SCOPES)('refuses a key with the scope %s when it is another, else serves it', async (held) => {
      const answer = await callWith(keys[held]);
      if (scope !== null && (held === scope || held === 'admin')) expect(answer.status).toBe(status);
      else expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    });
  });

  it.each(SIGNED)('%s refuses everybody who has no link, whatever his token', async (route) => {
    const path = route.replace(/^GET /, '').replace(':wid', 'acme').replace(':id', NO_ID);
    for (const token of [undefined, await api.token({ acme: 'owner' }, { operator: true }), keys.export]) expect(await api.call('GET', path, { token })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it.each(Object.entries(OPERATORS))('%s serves operators only', async (route, status) => {
    const [method = '', template = ''] = route.split(' ');
    const call = (token?: string) => api.call(method, template.replace(':id', NO_ID), { token });
    expect((await call()).status).toBe(401);
    expect((await call(await api.token({ acme: 'owner' }))).status).toBe(403);
    expect((await call(keys.admin)).status).toBe(403);
    expect((await call(await api.token({}, { operator: true }))).status).toBe(status);
  });

  it('shows the board of queues, every route of it, to operators only', async () => {
    const board = api.routes.filter((route) => BOARD.test(route) && !/^(HEAD|OPTIONS)/.test(route));
    expect(board.length).toBeGreaterThan(10);
    const owner = await api.token({ acme: 'owner' });
    for (const route of board) {
      const [methods = '', template = ''] = route.split(' ');
      const call = (token?: string) => api.call(methods.split(',')[0] ?? '', template.replaceAll(/:\w+/g, 'rollup').replace('*', 'x'), { token });
      expect(await call()).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
      expect(await call(owner)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    }
  });

  it('answers the same for a workspace that does not exist and one that is not the caller’s', async () => {
    const owner = await api.token({ other: 'owner' });
    await api.call('POST', '/api/v1/workspaces/other/events', { token: owner, body: { events: [event] } });
    const token = await api.token({ acme: 'owner' });
    const [foreign, unknown] = await Promise.all(['other', 'unknown'].map((workspace) => api.call('GET', `/api/v1/workspaces/${workspace}/overview`, { token })));
    const same = ({ body: { instance: _instance, request_id: _request, trace_id: _trace, ...rest } }: typeof foreign & object) => rest;
    expect(same(foreign as never)).toEqual(same(unknown as never));
  });

  it('serves a document in OpenAPI 3.1 and a page for people', async () => {
    expect((await api.call('GET', '/docs/openapi.json')).body).toMatchObject({ openapi: '3.1.0', info: { title: 'Shadower Analytics API' } });
    expect((await api.call('GET', '/docs')).body).toContain('swagger-ui');
  });
});
