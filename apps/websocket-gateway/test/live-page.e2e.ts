import { findChromium, freshDatabase, redisDatabase, type TestDatabase } from '@shadower/tools/testing';
import { chromium, type Browser, type Page } from 'playwright-core';
import { TestGateway } from './gateway';

const bucket = (): string => new Date(Math.floor(Date.now() / 900_000) * 900_000).toISOString();
const row = (kind: string, succeeded: number, failed: number, credits: string) => ({ bucket: bucket(), kind, events: succeeded + failed, succeeded, failed, credits, context_tokens: 0, generated_tokens: 0 });

describe('the live page in Chromium', () => {
  let database: TestDatabase;
  let gateway: TestGateway;
  let browser: Browser;
  const complaints: string[] = [];

  const open = async (hash = ''): Promise<Page> => {
    const page = await browser.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(`http://127.0.0.1:${gateway.port}/${hash}`);
    return page;
  };
  const text = async (page: Page, id: string, wanted: string): Promise<void> => {
    await page.waitForFunction(([element, value]) => document.getElementById(element!)?.textContent === value, [id, wanted], { timeout: 10_000 });
  };

  beforeAll(async () => {
    database = await freshDatabase();
    [gateway, browser] = await Promise.all([
      TestGateway.start({ databaseUrl: database.url, redisUrl: await redisDatabase() }),
      chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu'] }),
    ]);
  }, 400_000);
  afterAll(async () => {
    await browser.close();
    await gateway.stop();
    await database.drop();
  });

  it('moves as the workspace does', async () => {
    const page = await open(`#workspace=acme&token=${await gateway.token({ acme: 'viewer' })}`);
    await text(page, 'state', 'open');
    expect(new URL(page.url()).hash).toBe('');
    await text(page, 'users', '0');
    await gateway.publish('acme', { ch: 'metrics', data: { buckets: [row('execution.completed', 3, 0, '1.25')], active_users: 2 } });
    await text(page, 'executions', '3');
    await gateway.publish('acme', { ch: 'metrics', data: { buckets: [row('execution.completed', 4, 0, '1.25'), row('execution.failed', 0, 2, '0.000001')], active_users: 5 } });
    await text(page, 'executions', '6');
    await text(page, 'credits', '1.250001');
    await text(page, 'users', '5');
    await text(page, 'outcome', '4 succeeded, 2 failed');
    await gateway.publish('acme', { ch: 'alerts', data: { kind: 'quota', subject: '<b>half</b>' } });
    await page.waitForFunction(() => document.getElementById('happenings')?.textContent?.includes('quota: <b>half</b>'));
    const told = (status: string, rows: number, percent: number) => gateway.publish('acme', { ch: 'exports', data: { export_id: '00000000-0000-4000-8000-000000000000', status, dataset: 'events', format: 'csv', rows, bytes: rows * 100, percent } });
    await told('running', 12_000, 48);
    await text(page, 'export-list', 'events as csv: running 48 %, 12,000 rows, 1.2 MB');
    expect(await page.locator('#export-list progress').getAttribute('value')).toBe('48');
    await told('completed', 25_000, 100);
    await text(page, 'export-list', 'events as csv: completed, 25,000 rows, 2.5 MB');
    expect(await page.locator('#export-list progress').count()).toBe(0);
    await told('deleted', 0, 0);
    await text(page, 'export-list', '');
    expect(await page.locator('canvas').count()).toBe(2);
    expect(complaints).toEqual([]);
    await page.close();
  }, 60_000);

  it('asks who is there, and says why somebody may not watch', async () => {
    const page = await open();
    await page.fill('input[name=workspace]', 'rival');
    await page.fill('input[name=token]', await gateway.token({ acme: 'viewer' }));
    await page.click('button');
    await text(page, 'state', 'There is no such workspace, or it is not yours.');
    expect(await page.isVisible('#door')).toBe(true);
    await page.close();
  }, 60_000);
});
