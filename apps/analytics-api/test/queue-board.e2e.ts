import { QUEUES } from '@shadower/domain';
import { JobQueues } from '@shadower/redis';
import { findChromium } from '@shadower/tools/testing';
import { chromium, type Browser } from 'playwright-core';
import { TestApi } from './test-api';

describe('the board of queues', () => {
  let api: TestApi;
  let operator: string;
  let browser: Browser | undefined;
  beforeAll(async () => {
    api = await TestApi.start();
    operator = await api.token({}, { operator: true });
  });
  afterAll(async () => {
    await browser?.close();
    await api?.stop();
  });
  const basic = (password: string) => ({ authorization: `Basic ${Buffer.from(`anybody:${password}`).toString('base64')}` });

  it('asks a browser for a password, which is an operator’s token', async () => {
    const asked = await api.call('GET', '/admin/queues');
    expect(asked).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    expect(asked.headers.get('www-authenticate')).toMatch(/^Basic /);
    expect((await api.call('GET', '/admin/queues', { headers: basic('wrong') })).status).toBe(401);
    expect((await api.call('GET', '/admin/queues', { headers: basic(operator) })).status).toBe(200);
    expect((await api.call('GET', '/admin/queues', { token: operator })).status).toBe(200);
  });

  it('lets no other site’s page change a queue', async () => {
    const pause = (site: string) => api.call('PUT', '/admin/queues/api/queues/rollup/pause', { headers: { ...basic(operator), 'sec-fetch-site': site } });
    expect((await pause('cross-site')).status).toBe(403);
    expect((await pause('same-site')).status).toBe(403);
    expect(await api.app.get(JobQueues).of('rollup').isPaused()).toBe(false);
    expect((await pause('same-origin')).status).toBe(200);
    expect(await api.app.get(JobQueues).of('rollup').isPaused()).toBe(true);
  });

  it('answers a path and a job that there are not with a problem', async () => {
    expect((await api.call('GET', '/admin/queues/api/queues/none', { token: operator })).status).toBe(404);
    expect((await api.call('GET', '/admin/queues/api/queues/rollup/nothing', { token: operator })).status).toBe(404);
  });

  it('shows every queue in a real browser, which fetches nothing from elsewhere', async () => {
    await api.app.get(JobQueues).of('erasure').add('erase-user', { v: 1, workspace_id: 'acme', user_id: 'ann' });
    browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu'] });
    const page = await (await browser.newContext({ httpCredentials: { username: 'anybody', password: operator } })).newPage();
    const requested: string[] = [];
    page.on('response', (response) => void requested.push(response.url()));
    await page.goto(`${api.url}/admin/queues`);
    await page.waitForFunction((names: readonly string[]) => names.every((name) => document.body.innerText.toLowerCase().includes(name)), QUEUES, { timeout: 30_000 });
    expect(requested.filter((url) => !url.startsWith(api.url))).toEqual([]);
    expect(requested.length).toBeGreaterThan(3);
  }, 400_000);
});
