import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianBinary } from './debian-binary';
import { inFolder } from './folder';
import { freePort } from './free-port';
import { startAlertmanager } from './local-alertmanager';
import { Receiver, type Received } from './receiver';
import { alerts, type Alert } from './rules';
import { mustRun } from './run';
import type { Server } from './server';

const FACTOR = 20;
let amtool: string;
let dataDir: string;
let receiver: Receiver;
let alertmanager: Server;

beforeAll(async () => {
  amtool = await debianBinary('amtool');
  dataDir = await mkdtemp(join(tmpdir(), 'alertmanager-'));
  receiver = await Receiver.start();
  alertmanager = await startAlertmanager({ dataDir, port: await freePort(), receiver: receiver.url, factor: FACTOR });
}, 300_000);
afterAll(async () => {
  await alertmanager?.stop();
  await receiver?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const alertNamed = (name: string): Alert => alerts().find(({ alert }) => alert === name) as Alert;

/** What Prometheus posts for an alert with these labels of its series. */
function posted(name: string, labels: Record<string, string>, ended = false): object {
  const rule = alertNamed(name);
  const all = { ...labels, ...rule.labels, alertname: name };
  const annotations = Object.fromEntries(Object.entries(rule.annotations).map(([key, text]) => [key, text.replace(/\{\{ \$labels\.(\w+) \}\}/g, (_all, label: string) => labels[label] ?? '').replace(/\{\{.*?\}\}/g, '42')]));
  return { labels: all, annotations, startsAt: new Date(Date.now() - 1_000).toISOString(), ...(ended && { endsAt: new Date().toISOString() }) };
}

async function post(...alertsToSend: object[]): Promise<void> {
  const answer = await fetch(`${alertmanager.url}/api/v2/alerts`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(alertsToSend) });
  expect(answer.status).toBe(200);
}

const mentions = (path: string, ...words: string[]) => (received: Received): boolean => received.path.startsWith(path) && words.every((word) => received.body.includes(word));
const PATIENCE_MS = 15_000;

test('amtool accepts the configuration', async () => {
  expect(await mustRun(amtool, ['check-config', inFolder('alertmanager.yml')])).toContain('SUCCESS');
});

test.each([
  ['none', 'Watchdog', 'dead-mans-switch'],
  ['critical', 'HighErrorRate', 'pagerduty,slack'],
  ['critical', 'QueueStalled', 'pagerduty,slack'],
  ['warning', 'HighCPUUsage', 'slack'],
  ['info', 'CreditConsumptionSpike', 'slack-digest'],
])('severity %s (%s) goes to %s', async (severity, alertname, receivers) => {
  expect(alertNamed(alertname).labels['severity']).toBe(severity);
  await mustRun(amtool, ['config', 'routes', 'test', `--config.file=${inFolder('alertmanager.yml')}`, `--verify.receivers=${receivers}`, `severity=${severity}`, `alertname=${alertname}`]);
});

test('a critical alert reaches Slack and PagerDuty, and so does its end', async () => {
  await post(posted('HighErrorRate', { job: 'analytics-api' }));
  const slack = JSON.parse((await receiver.find(mentions('/slack', 'HighErrorRate'), PATIENCE_MS)).body) as { channel: string; attachments: { title: string; text: string; color: string; actions: { text: string; url: string }[] }[] };
  expect(slack.channel).toBe('#analytics-alerts');
  expect(slack.attachments[0]).toMatchObject({ title: '[CRITICAL:1] HighErrorRate on analytics-api', color: 'danger' });
  expect(slack.attachments[0]?.text).toContain('analytics-api fails');
  expect(slack.attachments[0]?.actions).toMatchObject([
    { text: 'Runbook', url: 'https://docs.shadower.ai/runbooks/HighErrorRate' },
    { text: 'Dashboard', url: 'http://localhost:3000/d/analytics-service?viewPanel=2&var-job=analytics-api' },
  ]);
  const page = JSON.parse((await receiver.find(mentions('/pagerduty/v2/enqueue', 'HighErrorRate'), PATIENCE_MS)).body) as Record<string, unknown>;
  expect(page).toMatchObject({ routing_key: 'local-routing-key', event_action: 'trigger', payload: { severity: 'critical', class: 'HighErrorRate', component: 'api', group: 'analytics-api' } });

  await post(posted('HighErrorRate', { job: 'analytics-api' }, true));
  const end = JSON.parse((await receiver.find(mentions('/pagerduty', 'HighErrorRate', '"event_action":"resolve"'), PATIENCE_MS)).body) as Record<string, unknown>;
  expect(end['dedup_key']).toBe(page['dedup_key']);
  await receiver.find(mentions('/slack', '[RESOLVED] HighErrorRate'), PATIENCE_MS);
}, 60_000);

test('an info alert goes to the digest and nowhere else; the Watchdog keeps coming', async () => {
  await post(posted('CreditConsumptionSpike', {}), posted('Watchdog', {}));
  expect((JSON.parse((await receiver.find(mentions('/slack', 'CreditConsumptionSpike'), PATIENCE_MS)).body) as { channel: string }).channel).toBe('#analytics-digest');
  const first = await receiver.find(mentions('/dead-mans-switch', 'Watchdog'), PATIENCE_MS);
  await receiver.find((received) => mentions('/dead-mans-switch', 'Watchdog')(received) && received.at > first.at, PATIENCE_MS);
  expect(receiver.received.filter(mentions('/pagerduty', 'CreditConsumptionSpike'))).toEqual([]);
}, 60_000);

/** Names of the alerts that Alertmanager holds back because of another one. */
async function inhibited(): Promise<string[]> {
  const answer = (await (await fetch(`${alertmanager.url}/api/v2/alerts?inhibited=true`)).json()) as { labels: Record<string, string>; status: { inhibitedBy: string[] } }[];
  return answer.filter(({ status }) => status.inhibitedBy.length > 0).map(({ labels }) => `${labels['alertname']} ${labels['job'] ?? labels['slo'] ?? ''}`.trim()).sort();
}

test('a cause silences its consequences, and nobody else', async () => {
  await post(
    posted('ServiceDown', { job: 'jobs-worker' }),
    posted('HighMemoryUsage', { job: 'jobs-worker', instance: 'a' }),
    posted('HighMemoryUsage', { job: 'analytics-api', instance: 'b' }),
    posted('HighAPILatencyP99', { job: 'analytics-api' }),
    posted('HighAPILatencyP95', { job: 'analytics-api' }),
    posted('HighAPILatencyP95', { job: 'websocket-gateway' }),
    posted('DatabaseQueryTimeout', { job: 'analytics-api', operation: 'select' }),
    posted('SlowDatabaseQueries', { job: 'analytics-api', operation: 'insert' }),
    posted('ErrorBudgetBurnFast', { slo: 'api-availability' }),
    posted('ErrorBudgetBurnSlow', { slo: 'api-availability' }),
    posted('ErrorBudgetBurnSlow', { slo: 'jobs-success' }),
    posted('QueueStalled', { queue: 'rollup' }),
    posted('BackgroundJobFailures', { job_type: 'rollup' }),
    posted('ExportFailures', { format: 'csv' }),
  );
  await receiver.find(mentions('/slack', 'QueueStalled'), PATIENCE_MS);
  expect(await inhibited()).toEqual(['ErrorBudgetBurnSlow api-availability', 'HighAPILatencyP95 analytics-api', 'HighMemoryUsage jobs-worker']);
}, 60_000);
