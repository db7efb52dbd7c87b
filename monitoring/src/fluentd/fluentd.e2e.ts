import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { BulkReceiver } from './bulk-receiver';
import { startFluentd, type LocalFluentd } from './local-fluentd';

const THROTTLE_LIMIT = 20;
let elasticsearch: BulkReceiver;
let fluentd: LocalFluentd;

beforeAll(async () => {
  elasticsearch = await BulkReceiver.start();
  fluentd = await startFluentd(elasticsearch.receiver.port, { FLUENTD_THROTTLE_LIMIT: String(THROTTLE_LIMIT), FLUENTD_THROTTLE_PERIOD_S: '20' });
}, 600_000);
afterAll(async () => {
  await fluentd?.server.stop();
  await elasticsearch?.receiver.stop();
  if (fluentd) await rm(fluentd.state, { recursive: true, force: true });
});

const NOW = '2026-11-23T10:20:30.456Z';
/** A line as the applications write it. */
const line = (fields: object): Record<string, unknown> => ({ level: 'info', timestamp: NOW, service: 'analytics-api', environment: 'production', version: '1.2.3', logger: 'test', ...fields });
const write = (...fields: object[]): Promise<void> => appendFile(fluentd.files.app, fields.map((each) => `${JSON.stringify(line(each))}\n`).join(''));
const docker = (log: string, { stream = 'stdout', tag = 'shadower' } = {}): string => `${JSON.stringify({ log, stream, attrs: { tag }, time: NOW })}\n`;

test('a line arrives in the index of its day, under ECS names, with its trace', async () => {
  await write({ message: 'hello', request_id: 'r1', user_id: 'u1', workspace_id: 'acme', trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16), job_id: '7', queue: 'rollup', count: 3 });
  expect(await elasticsearch.message('hello')).toMatchObject({
    operation: 'create', index: 'analytics-2026.11.23',
    document: {
      '@timestamp': NOW, message: 'hello', log: { level: 'info', logger: 'test' }, service: { name: 'analytics-api', version: '1.2.3', environment: 'production' }, event: { dataset: 'analytics.app' },
      trace: { id: 'a'.repeat(32) }, span: { id: 'b'.repeat(16) }, http: { request: { id: 'r1' } }, user: { id: 'u1' }, organization: { id: 'acme' }, labels: { job_id: '7', queue: 'rollup' }, fields: { count: 3 },
    },
  });
}, 30_000);

test.each([
  ['analytics', { level: 'warn' }],
  ['analytics-errors', { level: 'error', error: { type: 'TypeError', message: 'x is undefined', stack: 'TypeError: x\n at y', cause: { type: 'Error', message: 'deeper' } } }],
  ['analytics-errors', { level: 'fatal', 'event.dataset': 'analytics.metrics' }],
  ['analytics-metrics', { 'event.dataset': 'analytics.metrics', value: 1 }],
  ['analytics-performance', { logger: 'http', method: 'GET', endpoint: '/a/:id', status: 200, duration_ms: 12.5 }],
])('one record goes to one index: %s for %j', async (prefix, fields) => {
  const message = `to ${prefix} ${JSON.stringify(fields)}`;
  await write({ ...fields, message: message });
  const { index, document } = await elasticsearch.message(message);
  expect(index).toBe(`${prefix}-2026.11.23`);
  expect(elasticsearch.indexed.filter((each) => each.document['message'] === message)).toHaveLength(1);
  if ('error' in fields) expect(document['error']).toMatchObject({ type: 'TypeError', message: 'x is undefined', stack_trace: 'TypeError: x\n at y', cause: { message: 'deeper' } });
  if ('status' in fields) expect(document).toMatchObject({ http: { request: { method: 'GET' }, response: { status_code: 200 } }, url: { template: '/a/:id' }, event: { duration: 12_500_000 } });
}, 30_000);

test('secrets are redacted by key at any depth, in text and in URLs', async () => {
  await write({ message: 'canaries', headers: { Authorization: 'Bearer canary-1', cookie: 'canary-2', nested: [{ apiKey: 'canary-3' }] }, note: 'mail jane@example.org, password=canary-4, Bearer canary-5', url: 'postgres://user:canary-6@db/x', tokens: 42, error: { type: 'E', message: 'token: "canary-7"' } });
  const { document } = await elasticsearch.message('canaries');
  expect(JSON.stringify(document)).not.toMatch(/canary-|jane@/);
  expect(document['fields']).toMatchObject({ tokens: 42, url: 'postgres://[redacted]@db/x' });
}, 30_000);

test('containers: Docker and CRI lines, long ones joined from their pieces', async () => {
  const long = JSON.stringify(line({ message: 'from docker' }));
  const stranger = docker(`${JSON.stringify(line({ message: 'of a stranger' }))}\n`, { tag: 'grafana' });
  await writeFile(fluentd.files.docker, stranger + docker(long.slice(0, 40)) + docker(`${long.slice(40)}\n`) + docker(`${JSON.stringify(line({ message: 'docker, short' }))}\n`));
  const cri = JSON.stringify(line({ message: 'from cri' }));
  await writeFile(fluentd.files.cri, `${NOW} stdout P ${cri.slice(0, 50)}\n${NOW} stdout F ${cri.slice(50)}\n${NOW} stdout F ${JSON.stringify(line({ message: 'cri, short' }))}\n`);
  for (const message of ['from docker', 'docker, short', 'from cri', 'cri, short']) expect((await elasticsearch.message(message)).document['service']).toMatchObject({ name: 'analytics-api' });
  expect(elasticsearch.indexed.filter(({ document }) => document['message'] === 'of a stranger')).toEqual([]);
}, 30_000);

test('lines that are sent by the forward protocol', async () => {
  const socket = createConnection(fluentd.forwardPort, '127.0.0.1');
  socket.write(JSON.stringify(['app.forwarded', Math.round(Date.parse(NOW) / 1_000), line({ message: 'forwarded', level: 'error', note: 'token=canary-9' })]));
  expect(await elasticsearch.message('forwarded')).toMatchObject({ index: 'analytics-errors-2026.11.23', document: { '@timestamp': NOW, service: { name: 'analytics-api' }, fields: { note: 'token=[redacted]' } } });
  socket.destroy();
}, 30_000);

const deadLetters = async (): Promise<string> => (await Promise.all((await readdir(join(fluentd.state, 'state'))).filter((name) => name.startsWith('dead-letter')).map((name) => readFile(join(fluentd.state, 'state', name), 'utf8')))).join('');
const until = async (wanted: () => Promise<boolean> | boolean): Promise<void> => {
  for (const end = Date.now() + 20_000; !(await wanted()) && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 100));
};

test('a line that cannot be parsed goes to the dead-letter file, redacted', async () => {
  await appendFile(fluentd.files.docker, docker('plain text with password=canary-8\n', { stream: 'stderr' }));
  await until(async () => (await deadLetters()).includes('plain text'));
  expect(await deadLetters()).toContain('plain text with password=[redacted]');
}, 30_000);

test('so does what Node.js prints into the file of an application itself, and Fluentd does not print it on', async () => {
  await appendFile(fluentd.files.app, 'FATAL ERROR: JavaScript heap out of memory, password=canary-10\n');
  await write({ message: 'after the crash' });
  expect((await elasticsearch.message('after the crash')).index).toBe('analytics-2026.11.23');
  await until(async () => (await deadLetters()).includes('heap out of memory'));
  expect(await deadLetters()).toContain('heap out of memory, password=[redacted]');
  expect(fluentd.server.lastLines()).not.toContain('canary-10');
}, 30_000);

test('a line that Elasticsearch refuses for good goes there too; the others of its request are indexed', async () => {
  elasticsearch.refuse = ({ message }) => (message === 'of another mapping' ? 400 : undefined);
  await write({ message: 'before it' }, { message: 'of another mapping' }, { message: 'after it' });
  for (const message of ['before it', 'after it']) expect((await elasticsearch.message(message)).document).not.toHaveProperty('_hash');
  await until(async () => (await deadLetters()).includes('of another mapping'));
  expect(await deadLetters()).toContain('of another mapping');
}, 30_000);

const metric = async (name: string): Promise<string> => (await (await fetch(fluentd.metricsUrl)).text()).split('\n').filter((row) => row.startsWith(name)).join('\n');

test('a storm of one error is throttled, another error of the same service is not; both are counted', async () => {
  await write(...Array.from({ length: 200 }, (_, index) => ({ level: 'error', message: `storm ${index}`, service: 'stormy', error: { type: 'StormError', message: 'again' } })));
  await write({ level: 'error', message: 'quiet one', service: 'stormy', error: { type: 'QuietError', message: 'once' } });
  await elasticsearch.message('quiet one');
  const storm = elasticsearch.indexed.filter(({ document }) => String(document['message']).startsWith('storm'));
  expect(storm.length).toBeGreaterThanOrEqual(THROTTLE_LIMIT);
  expect(storm.length).toBeLessThanOrEqual(2 * THROTTLE_LIMIT);
  expect(await metric('fluentd_error_records_received_total')).toContain('service="stormy"} 201');
  expect(await metric('fluentd_error_records_kept_total')).toContain(`service="stormy"} ${storm.length + 1}`);
}, 30_000);

test('an Elasticsearch that is overloaded or away loses nothing and gets nothing twice, and a restart of Fluentd changes nothing', async () => {
  const { port } = elasticsearch.receiver;
  const numbered = (from: number): { message: string }[] => Array.from({ length: 100 }, (_, index) => ({ message: `kept ${index + from}` }));
  const kept = (): string[] => elasticsearch.indexed.map(({ document }) => String(document['message'])).filter((message) => message.startsWith('kept'));
  const emitted = async (): Promise<number> => Number((await metric('fluentd_output_status_emit_records')).match(/out_app".*} (\d+)/)?.[1] ?? 0);
  elasticsearch.refuse = ({ message }) => (/[02468]$/.test(String(message)) ? 429 : undefined);
  await write(...numbered(0));
  await elasticsearch.until(() => kept().length === 50 && elasticsearch.refused[429] >= 50);
  elasticsearch.refuse = () => 429;
  const before = await emitted();
  await write(...numbered(100));
  await until(async () => (await emitted()) >= before + 100);
  await elasticsearch.receiver.stop();
  await fluentd.server.stop();
  await write({ message: 'kept 200' });
  fluentd = await startFluentd(port, {}, fluentd.state);
  elasticsearch.refuse = () => undefined;
  await elasticsearch.receiver.listen(port);
  await elasticsearch.until(() => new Set(kept()).size === 201, 60_000);
  expect(kept()).toHaveLength(201);
  expect(elasticsearch.refused[409]).toBeGreaterThanOrEqual(50);
}, 120_000);

test('what could not be delivered is sent once more as the runbook says: under its names, and nothing twice', async () => {
  elasticsearch.refuse = () => 429;
  await write({ message: 'undelivered 1', workspace_id: 'acme' });
  const folder = join(fluentd.state, 'state', 'buffer-app');
  const chunk = async (): Promise<string> => (await Promise.all((await readdir(folder)).filter((name) => name.endsWith('.log')).map((name) => readFile(join(folder, name), 'latin1')))).find((text) => text.includes('undelivered 1')) ?? '';
  await until(async () => (await chunk()) !== '');
  const kept = await chunk();
  elasticsearch.refuse = () => undefined;
  const delivered = await elasticsearch.message('undelivered 1');
  const file = join(fluentd.state, 'app.undelivered');
  // The first is there already; the second is another line.
  await writeFile(file, kept + kept.replace('undelivered 1', 'undelivered 2').replace(delivered.id, delivered.id.replace(/^.{4}/, '9999')), 'latin1');
  const before = elasticsearch.refused[409];
  await fluentd.resend(file);
  expect(await elasticsearch.message('undelivered 2')).toMatchObject({ ...delivered, id: expect.stringMatching(/^9999/) as string, document: { ...delivered.document, message: 'undelivered 2' } });
  await until(() => elasticsearch.refused[409] > before);
  expect(elasticsearch.indexed.filter(({ document }) => document['message'] === 'undelivered 1')).toHaveLength(1);
}, 60_000);

test('its own metrics are what alerts and panels read', async () => {
  for (const name of ['fluentd_output_status_buffer_available_space_ratio', 'fluentd_output_status_buffer_total_bytes', 'fluentd_output_status_emit_records', 'fluentd_output_status_num_errors', 'fluentd_output_status_retry_count']) expect(await metric(name)).toContain('plugin_id="out_errors"');
}, 30_000);
