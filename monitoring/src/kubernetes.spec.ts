import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { CATALOG, type Metric } from '@shadower/telemetry';
import { parse, parseAllDocuments } from 'yaml';
import { inFolder, inRepository } from './folder';
import { FOREIGN_METRICS } from './foreign-metrics';
import { readScrapeJobs, scrapeJobs } from './scrape-jobs';

interface Endpoint {
  port: string;
  path: string;
  scheme: string;
  interval: string;
  scrapeTimeout: string;
  relabelings?: { action: string; regex: string }[];
}
interface Monitor {
  kind: string;
  metadata: { name: string };
  spec: { sampleLimit: number; selector: { matchExpressions: { values: string[] }[] }; podMetricsEndpoints: Endpoint[] } & { jobName: string; metricsPath: string; scrapeInterval: string; scrapeTimeout: string; staticConfigs: { targets: string[]; labels: Record<string, string> }[] };
}

const documents = (file: string): unknown[] => parseAllDocuments(readFileSync(inRepository(file), 'utf8')).map((document) => document.toJS() as unknown);
const monitors = documents('k8s/components/prometheus-operator/monitors.yaml') as Monitor[];
const named = (name: string): Monitor['spec'] => (monitors.find(({ metadata }) => metadata.name === name) as Monitor).spec;
const { global } = parse(readFileSync(inFolder('prometheus.yml'), 'utf8')) as { global: { scrape_interval: string; scrape_timeout: string } };
const portOf = (app: string, name: string): number | undefined => {
  const text = readFileSync(inRepository(`k8s/base/${app}.yaml`), 'utf8');
  return Number(new RegExp(`- name: ${name}\\n +containerPort: (\\d+)`).exec(text)?.[1]);
};

/** What the Prometheus operator labels a target with; a label of a metric by this name would be pushed aside. */
const OF_THE_TARGET = ['namespace', 'pod', 'container', 'endpoint', 'job', 'instance'];
const lost = (labels: Iterable<string>, monitor: string): string[] => {
  const kept = named(monitor).podMetricsEndpoints.map(({ relabelings = [] }) => OF_THE_TARGET.filter((label) => !relabelings.some(({ action, regex }) => action === 'labeldrop' && new RegExp(`^(?:${regex})$`).test(label))));
  return [...new Set(labels)].filter((label) => kept.some((names) => names.includes(label)));
};

test('no label of a metric is pushed aside by a label of its target', () => {
  const labels = Object.values(CATALOG as Record<string, Metric>).flatMap((metric) => Object.keys(metric.labels));
  expect(labels).toContain('endpoint');
  expect(lost(labels, 'analytics')).toEqual([]);
  expect(lost(Object.entries(FOREIGN_METRICS).flatMap(([metric, names]) => (metric.startsWith('fluentd_') ? names : [])), 'telemetry')).toEqual([]);
});

test('the job of a target, by which every rule goes, and its address stay', () => {
  for (const { spec } of monitors) for (const { relabelings = [] } of spec.podMetricsEndpoints ?? []) for (const { regex } of relabelings) expect(['job', 'instance'].filter((label) => new RegExp(`^(?:${regex})$`).test(label))).toEqual([]);
});

test('the cluster scrapes the same jobs as prometheus.yml, on the same ports and paths, as often, and not more samples', () => {
  for (const { job_name, metrics_path, sample_limit, dns_sd_configs = [] } of readScrapeJobs().filter((job) => job.dns_sd_configs)) {
    const { sampleLimit, selector, podMetricsEndpoints } = named('analytics');
    expect(selector.matchExpressions[0]?.values).toContain(job_name);
    expect(podMetricsEndpoints).toEqual([expect.objectContaining({ port: 'http', path: metrics_path, scheme: 'http', interval: global.scrape_interval, scrapeTimeout: global.scrape_timeout })]);
    expect([sampleLimit, portOf(job_name, 'http')]).toEqual([sample_limit, dns_sd_configs[0]?.port]);
  }
  const cluster = readScrapeJobs().find(({ job_name }) => job_name === 'analytics-cluster');
  const { jobName, metricsPath, scrapeInterval, scrapeTimeout, sampleLimit, staticConfigs } = named('analytics-cluster');
  expect([jobName, metricsPath, scrapeInterval, scrapeTimeout, sampleLimit]).toEqual([cluster?.job_name, cluster?.metrics_path, global.scrape_interval, global.scrape_timeout, cluster?.sample_limit]);
  expect(staticConfigs).toEqual([{ targets: [cluster?.static_configs?.[0]?.targets[0]?.replace(':', '.shadower-analytics.svc:')], labels: { job: jobName } }]);
});

test('so it does with Fluentd and the collector; the other jobs have operators of their own', () => {
  const { selector, podMetricsEndpoints } = named('telemetry');
  const beside = readScrapeJobs().filter(({ job_name }) => selector.matchExpressions[0]?.values.includes(job_name));
  expect(beside.map(({ job_name }) => job_name)).toEqual(['fluentd', 'otel-collector']);
  for (const { path, interval, scrapeTimeout } of podMetricsEndpoints) expect([path, interval, scrapeTimeout]).toEqual(['/metrics', global.scrape_interval, global.scrape_timeout]);
  const manifests = ['fluentd', 'otel-collector'].map((name) => readFileSync(inRepository(`k8s/monitoring/${name}.yaml`), 'utf8')).join('\n');
  const ports = podMetricsEndpoints.flatMap(({ port }) => [...manifests.matchAll(new RegExp(`- name: ${port}\\n +containerPort: (\\d+)`, 'g'))].map(([, number]) => Number(number)));
  expect(ports.sort()).toEqual(beside.flatMap(({ static_configs = [] }) => static_configs.flatMap(({ targets }) => targets.map((target) => Number(target.split(':')[1])))).sort());
  const all = ['analytics-cluster', ...named('analytics').selector.matchExpressions[0]?.values ?? [], ...beside.map(({ job_name }) => job_name)];
  expect(scrapeJobs().filter((job) => !all.includes(job))).toEqual(['prometheus', 'alertmanager', 'postgres', 'redis']);
});

interface Role {
  kind: string;
  metadata: { name: string; namespace: string };
  rules: { resources: string[]; verbs: string[] }[];
}

test('Prometheus may find what it scrapes, and the Alertmanager beside it, by their Services', () => {
  const roles = (documents('k8s/monitoring/prometheus-rbac.yaml') as Role[]).filter(({ kind }) => kind === 'Role');
  expect(roles.map(({ metadata }) => metadata.namespace)).toEqual(['shadower-analytics', 'shadower-monitoring']);
  for (const { rules } of roles) {
    expect(rules.flatMap(({ resources }) => resources)).toEqual(['pods', 'services', 'endpoints', 'endpointslices']);
    for (const { verbs } of rules) expect(verbs).toEqual(['get', 'list', 'watch']);
  }
});

test('the guide makes an Alertmanager configuration of ours for the cluster, with the paths of its mounts', () => {
  const guide = readFileSync(inRepository('docs/deployment.md'), 'utf8');
  const [command = ''] = /^sed .*alertmanager\.yml(?= >)/m.exec(guide) ?? [];
  const { stdout } = spawnSync('bash', ['-c', command], { cwd: inRepository(), encoding: 'utf8' });
  const made = parse(stdout) as { templates: string[] };
  expect([...stdout.matchAll(/_file: (\S+)/g)].map(([, file]) => file)).toEqual(['/etc/alertmanager/secrets/alertmanager-receivers/slack_api_url', '/etc/alertmanager/secrets/alertmanager-receivers/pagerduty_routing_key']);
  expect(made.templates).toEqual(['/etc/alertmanager/config/*.tmpl']);
  for (const name of ['alertmanager-analytics', 'alertmanager-receivers']) expect(guide).toMatch(new RegExp(`kubectl create secret generic -n shadower-monitoring ${name} [\\s\\S]*kind: Alertmanager[\\s\\S]*${name}`));
});
