import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { debianBinary, freePort, Receiver, renderDashboard, SERVICE_PANELS } from '@shadower/monitoring';
import { LiveListener } from '../demo/live-listener';
import { ROOT } from '../stack/paths';
import { executionEvent, request } from '../testing/json-request';
import { startApps, type AppsUnderTest } from '../testing/start-apps';
import { startMonitoring } from './start-monitoring';

/** Time windows are shorter by this factor, so that a range of five minutes has data after half a minute. */
const FACTOR = 10;
/** What other work on the machine can bring about in a system that is well. */
const OF_A_BUSY_MACHINE = /HighAPILatency|HighCPUUsage|HighEventLoopLag|SlowDatabaseQueries|DatabaseQueryTimeout|ErrorBudgetBurn.*(api-latency|job-freshness|live-delivery)/;
const TRAFFIC_MS = 25_000;

const dataDir = mkdtempSync(join(tmpdir(), 'shadower-monitoring-'));
let apps: AppsUnderTest;
let receiver: Receiver;
let monitoring: Awaited<ReturnType<typeof startMonitoring>>;
let listener: LiveListener;

async function traffic(token: string): Promise<void> {
  const api = `${apps.urls['analytics-api']}/api/v1/workspaces/demo`;
  for (let round = 0; round * 250 < TRAFFIC_MS; round += 1) {
    await request(`${api}/events`, { method: 'POST', token, body: { events: [executionEvent(`m-${round}`, '2.5')] } });
    for (const span of ['', '?from=2026-01-01&to=2026-01-02']) await request(`${api}/overview${span}`, { token });
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

beforeAll(async () => {
  apps = await startApps();
  receiver = await Receiver.start();
  monitoring = await startMonitoring({ urls: apps.urls, dataDir, receiver, ports: { prometheus: await freePort(), alertmanager: await freePort() }, factor: FACTOR });
  const token = await apps.token();
  listener = new LiveListener({ url: apps.urls['websocket-gateway'], workspace: 'demo', token, onFrame: () => undefined });
  await traffic(token);
}, 240_000);

afterAll(async () => {
  listener?.close();
  await monitoring?.stop();
  await receiver?.stop();
  await apps?.stop();
  rmSync(dataDir, { recursive: true, force: true });
}, 90_000);

it('has data in every panel of the dashboard, and draws them', async () => {
  const { html, empty } = await renderDashboard({ prometheus: monitoring.prometheus.url, rows: SERVICE_PANELS, now: Date.now(), minutes: 1, scrapeSeconds: 15 / FACTOR });
  expect(empty).toEqual([]);
  expect(html.match(/<svg/g)).toHaveLength(SERVICE_PANELS.length);
}, 60_000);

it('scrapes every application and evaluates every rule', async () => {
  const { body } = await request(`${monitoring.prometheus.url}/api/v1/rules`);
  const rules = (body.data as { groups: { rules: { name: string; health: string }[] }[] }).groups.flatMap(({ rules }) => rules);
  expect(rules.filter(({ health }) => health !== 'ok').map(({ name }) => name)).toEqual([]);
  const targets = await request(`${monitoring.prometheus.url}/api/v1/targets`);
  const { activeTargets } = targets.body.data as { activeTargets: { scrapePool: string; health: string; lastError: string }[] };
  expect(activeTargets.filter(({ health }) => health !== 'up')).toEqual([]);
  expect(activeTargets.map(({ scrapePool }) => scrapePool)).toEqual(expect.arrayContaining(['analytics-api', 'jobs-worker', 'websocket-gateway', 'analytics-cluster']));
});

it('hears the Watchdog, and no alert of a system that is well', async () => {
  await receiver.find(({ path }) => path.startsWith('/dead-mans-switch'), 30_000);
  expect(receiver.received.filter(({ path, body }) => path.startsWith('/slack') && !OF_A_BUSY_MACHINE.test(body)).map(({ body }) => body)).toEqual([]);
  // Also none that would be heard of later: a rule waits for minutes before it fires.
  const { body } = await request(`${monitoring.prometheus.url}/api/v1/query?query=${encodeURIComponent('ALERTS{alertname!="Watchdog"}')}`);
  const { result } = body.data as { result: { metric: { alertname: string; slo?: string } }[] };
  expect(result.map(({ metric }) => metric).filter(({ alertname, slo = '' }) => !OF_A_BUSY_MACHINE.test(`${alertname} ${slo}`))).toEqual([]);
}, 60_000);

it('the runbook of the credits asks what the API answers: by agent, for a viewer', async () => {
  const runbook = readFileSync(join(ROOT, 'monitoring', 'runbooks', 'CreditConsumptionSpike.md'), 'utf8');
  const [, role, path] = /token -- --workspace acme --role (\w+)\)" "http:\/\/localhost:8000(\S+)"/.exec(runbook) ?? [];
  const { status, body } = await request(`${apps.urls['analytics-api']}${path?.replace('/acme/', '/demo/')}`, { token: await apps.token({ role: role as 'viewer' }) });
  expect([status, JSON.stringify(body)]).toEqual([200, expect.stringContaining('greeter') as string]);
}, 30_000);

const blocks = [...readFileSync(join(ROOT, 'docs', 'operations.md'), 'utf8').matchAll(/```bash (\w+)\n([\s\S]*?)```/g)].map((match) => ({ mark: match[1] as string, text: match[2] as string }));

it('marks every block of the operations guide', () => {
  expect(blocks.length).toBeGreaterThan(5);
  expect(blocks.filter(({ mark }) => !['run', 'docker', 'cluster'].includes(mark))).toEqual([]);
  expect(readFileSync(join(ROOT, 'docs', 'operations.md'), 'utf8')).not.toMatch(/```(bash|sh)\n/);
});

interface Said {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** A line of the guide as its reader runs it, against what runs here. */
async function runLine(line: string): Promise<Said> {
  const bin = await Promise.all([debianBinary('promtool'), debianBinary('amtool')]);
  mkdirSync(dataDir, { recursive: true });
  const command = line.replaceAll('http://localhost:8000', apps.urls['analytics-api']).replaceAll('http://localhost:9090', monitoring.prometheus.url).replace('.data/logs/analytics-api.log', apps.stack.apps.get('analytics-api')?.logFile ?? '');
  const PATH = [...bin.map((file) => dirname(file)), process.env.PATH].join(delimiter);
  const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command.replace(/ \| head -n \d+$/, '')], { cwd: ROOT, encoding: 'utf8', env: { PATH, HOME: process.env.HOME } });
  return { status, stdout: stdout.slice(0, 500), stderr };
}
const works = { status: 0, stdout: expect.stringMatching(/\S/) as string };

it.each(blocks.filter(({ mark }) => mark === 'run').flatMap(({ text }) => text.trim().split('\n').filter((line) => !line.startsWith('#'))))('the operations guide says: %s', async (line) => {
  expect(await runLine(line)).toMatchObject(works);
}, 60_000);

it.each(['curl -sf http://localhost:8000/metric', 'curl -sf http://localhost:8000/metrics | grep http_request_total', 'promtool check rules monitoring/alert.yml', 'true'])('would notice a line that does not work: %s', async (line) => {
  expect(await runLine(line)).not.toMatchObject(works);
}, 60_000);
