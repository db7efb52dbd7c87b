import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { containersOf, deployments, nameOf, pods, services } from './manifest';
import { K8S, render } from './render';
import { RULES } from './rules/rules';
import { schemaProblems } from './schema/strict-schema';

/** Where the monitoring namespace may differ from the product's, and why. Whatever is not listed must hold there too. */
const FLUENTD = /^DaemonSet\/fluentd/;
const COLLECTOR = /^Deployment\/otel-collector/;
const EXCEPTIONS: Readonly<Record<string, readonly [RegExp, string]>> = {
  'no-secret-in-environment': [FLUENTD, 'its configuration language reads passwords from the environment only'],
  'run-as-non-root': [FLUENTD, 'log files of containers belong to root'],
  'high-uid': [FLUENTD, 'likewise'],
  'high-gid': [FLUENTD, 'likewise'],
  'uid-of-the-image': [FLUENTD, 'likewise'],
  'group-can-read-volumes': [FLUENTD, 'root reads them all'],
  'no-host-path': [/^DaemonSet\/fluentd: (state|logs)$/, 'it reads the node’s logs and must remember how far it has read'],
  'known-volume-types': [/^DaemonSet\/fluentd: (state|logs)$/, 'likewise'],
  mounts: [/^DaemonSet\/fluentd: \/fluentd\/state$/, 'the only folder of the node that it writes'],
  spread: [COLLECTOR, 'one replica, because it judges whole traces'],
  'zones-in-production': [COLLECTOR, 'likewise'],
  'lost-zones-do-not-count': [COLLECTOR, 'likewise'],
  'autoscaler-owns-replicas': [COLLECTOR, 'likewise'],
  'one-scaler': [COLLECTOR, 'likewise'],
  'has-budget': [COLLECTOR, 'likewise: a budget would block every drain'],
  'rollout-takes-nothing-away': [COLLECTOR, 'two at once would split traces'],
  'is-reached': [/^Deployment\/otel-collector: health$/, 'only the node calls it, which policies do not hold back'],
  'policy-neighbours-are-narrow': [/^NetworkPolicy\/(fluentd|otel-collector)$/, 'Elasticsearch and Jaeger come from elsewhere, under labels of their own'],
  'namespace-is-said': [/^Role(Binding)?\/prometheus$/, 'the right is given where the pods are'],
  'namespace-is-restricted': [/^Namespace\/shadower-monitoring$/, 'hostPath and root are not `restricted`'],
  'service-account-without-token': [/^ServiceAccount\/prometheus$/, 'its pod is made by the Prometheus operator'],
};

const objects = render('monitoring');
const product = render('overlays/prod');
const monitoring = (file: string) => readFileSync(join(K8S, '..', 'monitoring', file), 'utf8');

describe('k8s/monitoring', () => {
  it('is known to the API server to the last field', () => {
    expect(objects.flatMap(schemaProblems)).toEqual([]);
  });

  it.each(RULES.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
    const excused = EXCEPTIONS[id]?.[0];
    const found = rule.check(objects);
    expect(found.filter((finding) => !excused?.test(finding))).toEqual([]);
    // An exception that nothing needs any more is a hole.
    expect(excused === undefined || found.length > 0).toBe(true);
  });

  it('Fluentd tails the log files of the product’s containers', () => {
    const patterns = [...monitoring('fluentd/fluentd.conf').matchAll(/\/var\/log\/containers\/([a-z-]+)\*\.log/g)].map(([, prefix]) => prefix ?? '');
    const files = deployments(product).flatMap((d) => (d.spec?.template.spec?.containers ?? []).map((c) => `${d.metadata.name}-7d9c8-x2x4z_shadower-analytics_${c.name}-0123456789abcdef.log`));
    expect(files.filter((file) => !patterns.some((prefix) => file.startsWith(prefix)))).toEqual([]);
    expect(patterns).toHaveLength(files.length);
  });

  it('the Prometheus operator is told to scrape what tells metrics here', () => {
    const monitor = render('overlays/prod-operators').find(({ kind, metadata }) => kind === 'PodMonitor' && metadata.name === 'telemetry');
    const scraped = JSON.stringify(monitor);
    const telling = pods(objects).flatMap(containersOf).flatMap((c) => (c.ports ?? []).filter(({ name }) => name?.endsWith('metrics')).flatMap(({ name }) => [c.name, name]));
    expect(new Set(telling)).toEqual(new Set(['fluentd', 'otel-collector', 'metrics', 'spanmetrics']));
    expect(telling.filter((name) => !scraped.includes(`"${name}"`))).toEqual([]);
  });

  it('as many samples may come from a process and from the cluster as compose allows', () => {
    const { scrape_configs } = parse(monitoring('prometheus.yml')) as { scrape_configs: { job_name: string; sample_limit?: number }[] };
    const allowed = (name: string) => scrape_configs.find(({ job_name }) => job_name === name)?.sample_limit;
    const here = render('overlays/prod-operators') as { kind: string; metadata: { name?: string }; spec?: { sampleLimit?: number } }[];
    const limit = (kind: string, name: string) => here.find((object) => object.kind === kind && object.metadata.name === name)?.spec?.sampleLimit;
    expect(limit('ScrapeConfig', 'analytics-cluster')).toBe(allowed('analytics-cluster'));
    for (const { metadata } of deployments(product)) expect(limit('PodMonitor', 'analytics')).toBe(allowed(metadata.name ?? ''));
  });

  it('the collector is the one that the apps send to, of the version that compose runs, on ports that it opens', () => {
    const endpoint = new URL(/OTEL_EXPORTER_OTLP_ENDPOINT=(.*)/.exec(readFileSync(join(K8S, 'base', 'config.env'), 'utf8'))?.[1] ?? '');
    const found = services(objects).filter((s) => `${s.metadata.name}.${s.metadata.namespace}.svc` === endpoint.hostname && s.spec?.ports?.some((port) => String(port.port) === endpoint.port));
    expect(found.map(nameOf)).toEqual(['Service/otel-collector']);
    const containers = pods(objects).flatMap(containersOf);
    for (const { image } of containers) expect(monitoring('docker-compose.yml')).toContain(`image: ${image}\n`);
    const opened = containers.find((c) => c.name === 'otel-collector')?.ports?.map((port) => port.containerPort) ?? [];
    expect(opened.filter((port) => !new RegExp(`:${port}\\b|port: ${port}\\b`).test(monitoring('otel-collector/otel-collector.yml')) && port !== 8888)).toEqual([]);
  });
});
