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
    expect(text.split('\n').filter((line) => line !== '' && !/^(# (HELP|TYPE|EOF|UNIT)\b.*|[a-z_:][a-z0-9_:]*(\{.*\})? ([\d.e+-]+|NaN|[+-]Inf))$/i.test(line))).toEqual([]);
  });

  it('answers a path that there is not with a problem', async () => {
    const { status, headers } = await request(`${apps.urls[name]}/there-is-no-such-path`);
    expect(status).toBe(404);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(headers.get('x-request-id')).toBeTruthy();
  });
});

type Call = () => ReturnType<typeof request>;

/** The operations that the product stands on, called as they are meant to be. */
const GOOD_CALLS: Record<string, Call> = {
  'POST /api/v1/workspaces/{wid}/events': () => request(workspace('events'), { method: 'POST', token, body: { events: [executionEvent('endpoint-1')] } }),
  'GET /api/v1/workspaces/{wid}/overview': () => request(workspace('overview'), { token }),
  'GET /api/v1/workspaces/{wid}/active-users': () => request(workspace('active-users'), { token }),
  'GET /api/v1/workspaces/{wid}/credits': () => request(workspace('credits'), { token }),
  'GET /api/v1/workspaces/{wid}/credits/balance': () => request(workspace('credits/balance'), { token }),
  'POST /api/v1/stream/tickets': () => request(api('/api/v1/stream/tickets'), { method: 'POST', token, body: { workspace_id: 'demo' } }),
};

/** Every operation that the running API documents, such as `GET /api/v1/...`; those of the probes are looked at above. */
async function operations(): Promise<string[]> {
  const { body } = await request(api('/docs/openapi.json'));
  const paths = Object.entries(body.paths as Record<string, object>).filter(([path]) => path.startsWith('/api/v1/') && path !== '/api/v1/metrics');
  return paths.flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
}

describe('the REST API as built', () => {
  it('shows its documentation', async () => {
    expect((await request(api('/docs'))).text).toContain('<html');
  });

  it('documents what it stands on', async () => {
    expect(await operations()).toEqual(expect.arrayContaining(Object.keys(GOOD_CALLS)));
  });

  it.each(Object.entries(GOOD_CALLS))('answers %s', async (_operation, call) => {
    const { status, headers, text } = await call();
    expect({ status, text }).toEqual({ status: expect.any(Number), text: expect.stringMatching(/^\{/) });
    expect([200, 201]).toContain(status);
    expect(headers.get('x-request-id')).toBeTruthy();
    expect(headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('answers every other operation, given nothing: with what there is, or with a problem of the caller', async () => {
    const others = (await operations()).filter((operation) => !(operation in GOOD_CALLS));
    for (const operation of others) {
      const [method = '', path = ''] = operation.split(' ');
      const url = api(path.replace('{wid}', 'demo').replaceAll(/\{\w+\}/g, '0'));
      const { status, headers } = await request(url, { method, token, body: method === 'GET' ? undefined : {} });
      const answer = { operation, status, type: headers.get('content-type') };
      expect(answer).toEqual({ operation, status: expect.any(Number), type: expect.stringMatching(status < 300 ? /json|csv/ : /^application\/problem\+json/) });
      expect(status).toBeLessThan(500);
    }
  });

  it('answers none of them without a token', async () => {
    const { status, body } = await request(workspace('overview'));
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'unauthorized' });
  });
});
