import { once } from 'node:events';
import { connect, LiveStream } from '@shadower/redis';
import { findChromium, freshDatabase, redisDatabase, type TestDatabase } from '@shadower/tools/testing';
import { chromium, type Browser, type Page } from 'playwright-core';
import { TestGateway } from './gateway';
import { recordDrawnWords } from './record-drawn-words';

const bucket = (): string => new Date(Math.floor(Date.now() / 900_000) * 900_000).toISOString();
const row = (kind: string, succeeded: number, failed: number, credits: string) => ({ bucket: bucket(), kind, events: succeeded + failed, succeeded, failed, credits, context_tokens: 0, generated_tokens: 0 });

describe('the live page in Chromium', () => {
  let database: TestDatabase;
  let redisUrl: string;
  let gateway: TestGateway;
  let browser: Browser;
  const complaints: string[] = [];

  const open = async (hash = '', options = {}): Promise<Page> => {
    const page = await browser.newPage(options);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(`http://127.0.0.1:${gateway.port}/${hash}`);
    return page;
  };
  const text = async (page: Page, id: string, wanted: string): Promise<void> => {
    await page.waitForFunction(([element, value]) => document.getElementById(element!)?.textContent === value, [id, wanted], { timeout: 10_000 });
  };

  const watch = async (workspace: string, { expiresIn, ...options }: { expiresIn?: string; viewport?: { width: number; height: number } } = {}): Promise<Page> => {
    const page = await open(`#workspace=${workspace}&token=${await gateway.token({ [workspace]: 'viewer' }, expiresIn)}`, options);
    await text(page, 'state', 'Live');
    return page;
  };
  const metrics = (workspace: string, buckets: object[], activeUsers: number) => gateway.publish(workspace, { ch: 'metrics', data: { buckets, active_users: activeUsers } });

  beforeAll(async () => {
    [database, redisUrl] = await Promise.all([freshDatabase(), redisDatabase()]);
    [gateway, browser] = await Promise.all([
      TestGateway.start({ databaseUrl: database.url, redisUrl }),
      chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu'] }),
    ]);
  }, 400_000);
  beforeEach(() => void complaints.splice(0));
  afterAll(async () => {
    await browser.close();
    await gateway.stop();
    await database.drop();
  });

  it('moves as the workspace does', async () => {
    const page = await watch('acme');
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
    expect(await page.getByRole('progressbar', { name: 'Export of events as csv' }).getAttribute('value')).toBe('48');
    expect(await page.isVisible('text=No exports yet.')).toBe(false);
    await told('completed', 25_000, 100);
    await text(page, 'export-list', 'events as csv: completed, 25,000 rows, 2.5 MB');
    expect(await page.locator('#export-list progress').count()).toBe(0);
    await told('deleted', 0, 0);
    await text(page, 'export-list', '');
    expect(await page.isVisible('text=No exports yet.')).toBe(true);
    expect(await page.locator('canvas').count()).toBe(2);
    const { length } = await page.getByRole('img', { name: /^Executions per 15 minutes, times in UTC: latest 6 at \d\d:\d\d, highest 6 at/ }).all();
    expect(length).toBe(1);
    expect(complaints).toEqual([]);
    await page.close();
  }, 60_000);

  it('draws a single bucket within its half hour', async () => {
    const page = await browser.newPage();
    await recordDrawnWords(page);
    await page.goto(`http://127.0.0.1:${gateway.port}/#workspace=single&token=${await gateway.token({ single: 'viewer' })}`);
    await text(page, 'state', 'Live');
    const only = bucket();
    await metrics('single', [{ ...row('execution.completed', 3, 0, '1'), bucket: only }], 1);
    await text(page, 'executions', '3');
    const quarters = [-15, 0, 15].map((minutes) => new Date(Date.parse(only) + minutes * 60_000).toISOString().slice(11, 16));
    const isDrawn = ([first, at, last]: string[]): boolean => {
      const charts = [...drawnWords.values()].map((words) => words.filter((word) => /^\d\d:\d\d$/.test(word)));
      // After midnight, and before it, the half hour is of two days.
      const isWithin = (time: string): boolean => (first! < last! ? time >= first! && time <= last! : time >= first! || time <= last!);
      return charts.length === 2 && charts.every((times) => times.includes(at!) && times.every(isWithin));
    };
    await page.waitForFunction(isDrawn, quarters, { timeout: 10_000 });
    await page.close();
  }, 60_000);

  it('asks who is there, and says why somebody may not watch', async () => {
    const page = await open();
    await page.fill('input[name=workspace]', 'rival');
    await page.fill('input[name=token]', await gateway.token({ acme: 'viewer' }));
    await page.click('#door button');
    await text(page, 'state', 'There is no such workspace, or it is not yours.');
    expect(await page.isVisible('#door')).toBe(true);
    await page.close();
  }, 60_000);

  it('shows nothing of a workspace that was left', async () => {
    const page = await watch('former');
    await metrics('former', [row('execution.completed', 7, 0, '9.5')], 3);
    await gateway.publish('former', { ch: 'alerts', data: { kind: 'quota', subject: 'former' } });
    await text(page, 'executions', '7');
    await page.waitForFunction(() => document.getElementById('happenings')?.textContent?.includes('quota'));
    await page.click('#leave');
    await text(page, 'state', 'Not connected');
    expect(await page.isVisible('#board')).toBe(false);
    await page.fill('input[name=workspace]', 'latter');
    await page.fill('input[name=token]', await gateway.token({ latter: 'viewer' }));
    await page.click('#door button');
    await text(page, 'users', '0');
    for (const [id, wanted] of [['executions', '0'], ['credits', '0'], ['happenings', ''], ['workspace', 'latter']] as const) await text(page, id, wanted);
    await metrics('former', [row('execution.completed', 8, 0, '9.5')], 4);
    await metrics('latter', [row('execution.completed', 1, 0, '0')], 1);
    await text(page, 'users', '1');
    await text(page, 'executions', '1');
    expect(complaints).toEqual([]);
    await page.close();
  }, 60_000);

  it('begins a new day with nothing, though nobody says so', async () => {
    const page = await browser.newPage();
    await page.clock.install({ time: new Date('2026-11-23T23:59:30Z') });
    await page.goto(`http://127.0.0.1:${gateway.port}/#workspace=night&token=${await gateway.token({ night: 'viewer' })}`);
    await text(page, 'state', 'Live');
    await metrics('night', [{ ...row('execution.completed', 5, 0, '1.5'), bucket: '2026-11-23T23:45:00.000Z' }], 2);
    await text(page, 'executions', '5');
    await text(page, 'users', '2');
    await page.clock.fastForward(90_000);
    for (const id of ['executions', 'users', 'credits']) await text(page, id, '0');
    await page.close();
  }, 60_000);

  it('fits a narrow screen, with figures as long as they come', async () => {
    const page = await watch('narrow', { viewport: { width: 320, height: 640 } });
    await metrics('narrow', [row('credits.consumed', 0, 0, '1234567890123.123456')], 1);
    await text(page, 'credits', '1,234,567,890,123.123456');
    expect(await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('section, .number')].filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.id || box.tagName))).toEqual([]);
    await page.close();
  }, 60_000);

  it('says what was lost', async () => {
    const page = await watch('lossy');
    const redis = connect(redisUrl, 'command');
    await once(redis, 'ready');
    const publisher = new LiveStream(redis);
    redis.disconnect();
    await once(redis, 'end');
    expect(await publisher.publish('lossy', { ch: 'alerts', ts: new Date().toISOString(), data: {} })).toBe(false);
    await redis.connect();
    await page.waitForFunction(() => ['Some alerts were lost.', 'the figures start anew'].every((words) => document.getElementById('happenings')?.textContent?.includes(words)));
    redis.disconnect();
    await page.close();
  }, 60_000);

  it('comes back by itself when the gateway does, and says why it waits meanwhile', async () => {
    const page = await watch('acme');
    const { port } = gateway;
    await gateway.stop();
    await text(page, 'state', 'Reconnecting… (the gateway cannot be reached)');
    gateway = await TestGateway.start({ databaseUrl: database.url, redisUrl, port });
    await text(page, 'state', 'Live');
    await metrics('acme', [row('execution.completed', 9, 0, '1.25')], 6);
    await text(page, 'users', '6');
    await page.route('**/live/tickets', (route) => route.fulfill({ status: 503, json: { detail: 'Tickets cannot be issued.' } }));
    await gateway.stop();
    gateway = await TestGateway.start({ databaseUrl: database.url, redisUrl, port });
    await text(page, 'state', 'Reconnecting… (Tickets cannot be issued.)');
    await page.close();
  }, 60_000);

  it('asks for a new token when its own has ended', async () => {
    const page = await watch('acme', { expiresIn: '5s' });
    await text(page, 'state', 'The token has expired.');
    expect(await page.isVisible('#board')).toBe(false);
    expect(await page.inputValue('input[name=workspace]')).toBe('acme');
    expect(await page.inputValue('input[name=token]')).toBe('');
    await page.close();
  }, 60_000);
});
