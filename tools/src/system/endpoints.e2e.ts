import { startApps, type AppsUnderTest } from '../testing/start-apps';
import { executionEvent, request } from '../testing/json-request';
import { APP_NAMES } from '../stack/running-stack';

let apps: AppsUnderTest;
let token: string;

beforeAll(async () => {
  apps = await startApps();
  token = await apps.token();
}, 120_000);
afterAll(() => apps.stop(), 60_000);

const api = (path: string): string => `${apps.urls['analytics-api']}${path}`;
const workspace = (path: string): string => api(`/api/v1/workspaces/demo/${path}`);

describe.each(APP_NAMES)('%s as built', (name) => {
  const PROBES = [['/health', 'healthy'], ['/ready', 'ready'], ['/live', 'alive'], ['/health/detailed', 'healthy']] as const;

  it.each(PROBES)('answers %s', async (path) => {
    const { status, body } = await request(`${apps.urls[name]}${path}`);
    expect({ status, body }).toEqual({ status: 200, body: expect.objectContaining({ status: expect.any(String) }) });
  });

  it.each(['/metrics', '/api/v1/metrics', '/metrics/cluster'])('answers %s in the exposition format', async (path) => {
    const { status, headers, text } = await request(`${apps.urls[name]}${path}`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/plain|openmetrics/);
    expect(text.split('\n').filter((line) => line !== '' && !/^(# (HELP|TYPE|EOF|UNIT)|[a-z_:][a-z0-9_:]*(\{.*\})? ([\d.e+-]+|NaN|[+-]Inf))$/i.test(line))).toEqual([]);
  });

  it('answers a path that there is not with a problem', async () => {
    const { status, headers } = await request(`${apps.urls[name]}/there-is-no-such-path`);
    expect(status).toBe(404);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(headers.get('x-request-id')).toBeTruthy();
  });
});

/** Every operation of the API, by its name in the OpenAPI document: what is sent and what must come back. */
const OPERATIONS: Record<string, () => ReturnType<typeof request>> = {
  'POST /api/v1/workspaces/{wid}/events': () => request(workspace('events'), { method: 'POST', token, body: { events: [executionEvent('endpoint-1')] } }),
  'GET /api/v1/workspaces/{wid}/overview': () => request(workspace('overview'), { token }),
  'GET /api/v1/workspaces/{wid}/active-users': () => request(workspace('active-users'), { token }),
  'GET /api/v1/workspaces/{wid}/credits': () => request(workspace('credits'), { token }),
  'GET /api/v1/workspaces/{wid}/credits/balance': () => request(workspace('credits/balance'), { token }),
  'POST /api/v1/stream/tickets': () => request(api('/api/v1/stream/tickets'), { method: 'POST', token, body: { workspace_id: 'demo' } }),
};

describe('the REST API as built', () => {
  it('shows its documentation', async () => {
    expect((await request(api('/docs'))).text).toContain('<html');
  });

  it('documents the operations that are called here, and no other', async () => {
    const { body } = await request(api('/docs/openapi.json'));
    const paths = Object.entries(body.paths as Record<string, object>).filter(([path]) => path.startsWith('/api/v1/') && path !== '/api/v1/metrics');
    const operations = paths.flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    expect(operations.sort()).toEqual(Object.keys(OPERATIONS).sort());
  });

  it.each(Object.keys(OPERATIONS))('answers %s', async (operation) => {
    const { status, headers, text } = await (OPERATIONS[operation] as () => ReturnType<typeof request>)();
    expect({ status, text }).toEqual({ status: operation.startsWith('POST /api/v1/stream') ? 201 : 200, text: expect.stringMatching(/^\{/) });
    expect(headers.get('x-request-id')).toBeTruthy();
    expect(headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('answers none of them without a token', async () => {
    const { status, body } = await request(workspace('overview'));
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'unauthorized' });
  });
});
