import { startApps, type AppsUnderTest } from '../testing/start-apps';
import { request } from '../testing/json-request';
import { APP_NAMES } from '../stack/running-stack';
import { Caller, GOOD_CALLS } from './good-calls';

let apps: AppsUnderTest;
let caller: Caller;

beforeAll(async () => {
  apps = await startApps();
  caller = await Caller.of(apps);
}, 120_000);
afterAll(() => apps.stop(), 60_000);

const api = (path: string): string => `${apps.urls['analytics-api']}${path}`;

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

  it('documents the operations that are called here, and no other', async () => {
    expect((await operations()).sort()).toEqual(Object.keys(GOOD_CALLS).sort());
  });

  it.each(Object.entries(GOOD_CALLS))('answers %s', async (_operation, call) => {
    const { status, headers, text } = await call(caller);
    expect({ done: [200, 201, 202, 204].includes(status), status, text }).toEqual({ done: true, status, text: status === 204 ? '' : expect.stringMatching(/^(\{|time,)/) });
    expect(headers.get('x-request-id')).toBeTruthy();
    expect(headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);
  }, 30_000);

  it('answers none of them without a token', async () => {
    const { status, body } = await request(api('/api/v1/workspaces/demo/overview'));
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'unauthorized' });
  });
});
