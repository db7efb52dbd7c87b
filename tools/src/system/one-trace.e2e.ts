import { LIVE_SUBPROTOCOL, type ServerMessage } from '@shadower/domain';
import { WebSocket } from 'ws';
import { until } from '../stack/until';
import { executionEvent, request } from '../testing/json-request';
import { startApps, type AppsUnderTest, type LogLine } from '../testing/start-apps';

let apps: AppsUnderTest;
const frames: ServerMessage[] = [];
let socket: WebSocket;

const frame = <T extends ServerMessage['type']>(type: T, withinMs = 5_000) =>
  until(() => frames.find((one): one is Extract<ServerMessage, { type: T }> => one.type === type), withinMs, 10);
const line = (app: Parameters<AppsUnderTest['logs']>[0], matches: (line: LogLine) => boolean) => until(() => apps.logs(app).find(matches), 5_000);

beforeAll(async () => {
  apps = await startApps({ OTEL_TRACES_SAMPLER_ARG: '1' });
  const token = await apps.token();
  const { body } = await request(`${apps.urls['analytics-api']}/api/v1/stream/tickets`, { method: 'POST', token, body: { workspace_id: 'demo' } });
  socket = new WebSocket(String(body.url), [LIVE_SUBPROTOCOL]);
  socket.on('message', (data) => frames.push(JSON.parse(String(data)) as ServerMessage));
  expect(await frame('hello')).toBeDefined();
  socket.send(JSON.stringify({ type: 'sub', id: 'metrics', ch: 'metrics' }));
  expect(await frame('sub.ok')).toBeDefined();
}, 120_000);
afterAll(async () => {
  socket.terminate();
  await apps.stop();
}, 60_000);

it('carries one trace id from the request through the job to the frame, and one request id with it', async () => {
  const sent = await request(`${apps.urls['analytics-api']}/api/v1/workspaces/demo/events`, {
    method: 'POST',
    token: await apps.token(),
    body: { events: [executionEvent('traced-1')] },
    headers: { 'x-request-id': 'one-trace-request' },
  });
  expect(sent.status).toBe(200);
  const trace = sent.headers.get('x-trace-id');
  expect(trace).toMatch(/^[0-9a-f]{32}$/);

  const event = await frame('ev', 2_000);
  expect(event?.trace).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));

  const ids = { trace_id: trace, request_id: 'one-trace-request', workspace_id: 'demo' };
  expect(await line('analytics-api', ({ logger, request_id }) => logger === 'http' && request_id === 'one-trace-request')).toMatchObject(ids);
  expect(await line('jobs-worker', ({ trace_id, job_id }) => trace_id === trace && job_id !== undefined)).toMatchObject({ ...ids, queue: 'rollup' });
});
