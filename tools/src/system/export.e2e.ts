import { createHash } from 'node:crypto';
import { LiveClient, type LiveData } from '@shadower/live-client';
import { until } from '../stack/until';
import { startApps, type AppsUnderTest } from '../testing/start-apps';
import { executionEvent, request } from '../testing/json-request';

let apps: AppsUnderTest;
let token: string;

beforeAll(async () => {
  apps = await startApps();
  token = await apps.token();
}, 120_000);
afterAll(() => apps.stop(), 60_000);

const api = (path: string): string => `${apps.urls['analytics-api']}${path}`;
const EXPORTS = '/api/v1/workspaces/demo/exports';

describe('an export', () => {
  it('goes from the order through the worker to the file, is told of on the socket, and is one trace', async () => {
    const events = Array.from({ length: 500 }, (_, index) => executionEvent(`exported-${index}`));
    expect((await request(api('/api/v1/workspaces/demo/events'), { method: 'POST', token, body: { events } })).status).toBe(200);

    const told: (LiveData<'exports'> & { trace?: string })[] = [];
    let open = false;
    const ticket = async (): Promise<string> => String((await request(api('/api/v1/stream/tickets'), { method: 'POST', token, body: { workspace_id: 'demo' } })).body.url);
    const live = new LiveClient({ url: ticket });
    live.subscribe('exports', { start: () => void (open = true), event: ({ data, trace }) => void told.push({ ...data, trace }) });
    try {
      expect(await until(async () => open || undefined, 20_000)).toBe(true);
      const span = { from: new Date(Date.now() - 3_600_000).toISOString(), to: new Date(Date.now() + 3_600_000).toISOString() };
      const ordered = await request(api(EXPORTS), { method: 'POST', token, body: { dataset: 'events', format: 'csv', ...span }, headers: { 'idempotency-key': 'system' } });
      expect(ordered.status).toBe(202);
      await until(async () => (told.some(({ status }) => status === 'completed') ? true : undefined), 30_000);
      expect(told.map(({ status }) => status)).toEqual(expect.arrayContaining(['running', 'completed']));
      expect(told.at(-1)).toMatchObject({ export_id: ordered.body.id, status: 'completed', rows: 500, format: 'csv', trace: expect.stringContaining(String(ordered.headers.get('x-trace-id'))) });

      const { body } = await request(api(String(ordered.headers.get('location'))), { token });
      const file = await request(api((body.download as { url: string }).url));
      expect(file.status).toBe(200);
      expect(createHash('sha256').update(file.text).digest('hex')).toBe(body.sha256);
      expect(file.text.trim().split('\n')).toHaveLength(501);
    } finally {
      live.close();
    }
    const { text } = await request(`${apps.urls['jobs-worker']}/metrics`);
    expect(text).toMatch(/exports_total\{[^}]*format="csv"[^}]*status="completed"[^}]*\} 1/);
    expect(text).toMatch(/export_duration_seconds_count\{[^}]*format="csv"[^}]*\} 1/);
  }, 90_000);
});
