import { existsSync, readdirSync, readFileSync } from 'node:fs';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { inFolder, inRepository } from './folder';
import { scrapeTargets } from './scrape-jobs';

const read = (file: string): string => readFileSync(inFolder(file), 'utf8');
const yaml = (file: string): unknown => parse(read(file), { merge: true });

interface Service {
  image?: string;
  command?: string[];
  ports?: string[];
  volumes?: string[];
  healthcheck?: object;
  mem_limit?: string;
  logging?: { driver: string; options?: Record<string, string> };
  depends_on?: Record<string, { condition: string }>;
}
const compose = yaml('docker-compose.yml') as { services: Record<string, Service>; volumes: Record<string, unknown> };
const services = Object.entries(compose.services);
const product = Object.entries((parse(readFileSync(inRepository('docker/compose.yml'), 'utf8'), { merge: true }) as typeof compose).services);

test.each(['docker-compose.yml', 'docker-compose.host.yml'])('%s is a compose file', (file) => {
  // Its `$schema` has https where draft 07 has http, which Ajv takes for another draft.
  const { $schema: _draft, ...schema } = JSON.parse(readFileSync(inRepository('node_modules/dclint/schemas/compose.schema.json'), 'utf8')) as Record<string, unknown>;
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
  validate(yaml(file));
  expect(validate.errors ?? []).toEqual([]);
});

describe.each(services)('service %s', (_name, service) => {
  test('has an exact tag, a memory limit, and listens on loopback only', () => {
    expect(service.image).toMatch(/:v?\d+\.\d+(\.\d+)?$/);
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
  });

  test('mounts what exists: files beside it, or declared volumes', () => {
    for (const mount of service.volumes ?? []) {
      const source = mount.replace(/^\$\{\w+:-([^}]*)\}/, '$1').split(':')[0] as string;
      if (source.startsWith('./')) expect([source, existsSync(inFolder(source))]).toEqual([source, true]);
      // Beside the folder or anywhere on the machine: whoever runs it has those, or not.
      else if (!/^(\.\.)?\//.test(source)) expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  test('waits for services that exist, and for health only where there is a check', () => {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(compose.services).toHaveProperty([other]);
      if (condition === 'service_healthy') expect(compose.services[other]?.healthcheck).toBeDefined();
    }
  });
});

test('Fluentd waits until Elasticsearch is prepared; every volume is used', () => {
  expect(compose.services['fluentd']?.depends_on).toEqual({ 'elasticsearch-setup': { condition: 'service_completed_successfully' } });
  const used = services.flatMap(([, { volumes = [] }]) => volumes.map((mount) => mount.split(':')[0]));
  expect(Object.keys(compose.volumes).filter((volume) => !used.includes(volume))).toEqual([]);
});

test('for applications on this machine Prometheus has the same configuration, with targets that a container reaches there', () => {
  const inCompose = yaml('prometheus.yml') as { scrape_configs: { job_name: string; dns_sd_configs?: { port: number }[] }[] };
  const onHost = inCompose.scrape_configs.map(({ dns_sd_configs: [dns] = [], ...job }) => {
    const port = dns?.port ?? (job.job_name === 'analytics-cluster' ? 8001 : undefined);
    return port ? { ...job, static_configs: [{ targets: [`host.docker.internal:${port}`] }] } : job;
  });
  expect(yaml('prometheus.host.yml')).toEqual({ ...inCompose, scrape_configs: onHost });
  const { prometheus } = (yaml('docker-compose.host.yml') as { services: Record<string, Service & { extra_hosts: string[] }> }).services;
  expect(prometheus).toEqual({ extra_hosts: ['host.docker.internal:host-gateway'], volumes: ['./prometheus.host.yml:/etc/prometheus/prometheus.yml:ro'] });
});

test('the token by which Prometheus scrapes is mounted where the configuration says', () => {
  const [, file] = /credentials_file: (\S+)\/ops_token/.exec(read('prometheus.yml')) ?? [];
  expect(compose.services['prometheus']?.volumes).toContain(`./secrets:${file}:ro`);
});

test('a runbook that reads the log of an application says how in a cluster too', () => {
  for (const text of readdirSync(inFolder('runbooks')).map((file) => read(`runbooks/${file}`))) {
    for (const [, app] of text.matchAll(/\.data\/logs\/(analytics-api|jobs-worker|websocket-gateway)\.log/g)) expect(text).toMatch(new RegExp(`kubectl logs -n shadower-analytics deployment/${app}\\b`));
  }
});

test('the promised ports are published', () => {
  const ports = services.flatMap(([, { ports = [] }]) => ports.map((port) => Number(port.split(':')[2])));
  for (const port of [9090, 3000, 16686, 9200, 9093, 4317, 24224]) expect(ports).toContain(port);
});

const runbooks = readdirSync(inFolder('runbooks')).map((file) => read(`runbooks/${file}`)).join('\n');

test('what the guide and the runbooks call on this machine is published there', () => {
  const published = [...services, ...product].flatMap(([, { ports = [] }]) => ports.map((port) => port.split(':')[1]));
  const called = [...(runbooks + readFileSync(inRepository('docs/operations.md'), 'utf8')).matchAll(/localhost:(\d+)/g)].map((match) => match[1]);
  expect([...new Set(called)].filter((port) => !published.includes(port))).toEqual([]);
});

test('the runbooks name the namespaces of the manifests', () => {
  const named = [...runbooks.matchAll(/kubectl .*?-n (\S+)/g)].map((match) => match[1]);
  const inManifest = (file: string, pattern: RegExp): string | undefined => pattern.exec(readFileSync(inRepository(file), 'utf8'))?.[1];
  expect([...new Set(named)].sort()).toEqual([inManifest('k8s/base/kustomization.yaml', /namespace: (\S+)/), inManifest('k8s/monitoring/namespace.yaml', /name: (\S+)/)]);
  expect(runbooks.match(/kubectl/g)).toHaveLength(named.length);
});

test("the exporters' defaults are services of the product's compose file, with the password of its trial", () => {
  const example = read('.env.example');
  const [postgresql, redis] = ['POSTGRES_EXPORTER_DSN', 'REDIS_EXPORTER_ADDR'].map((name) => new URL(new RegExp(`^${name}=(.*)$`, 'm').exec(example)?.[1] ?? '')) as [URL, URL];
  for (const { hostname } of [postgresql, redis]) {
    expect(Object.fromEntries(product)).toHaveProperty([hostname]);
    expect(read('docker-compose.host.yml')).toContain(`${hostname}:host-gateway`);
  }
  expect(postgresql.password).toBe(readFileSync(inRepository('k8s/overlays/dev/secrets/postgresql-password'), 'utf8').trim());
});

test("Fluentd knows the containers of the product's compose file by the tag of their logging", () => {
  const [, tag] = /key \$\.attrs\.tag\s+pattern \/\^(\w+)\$\//.exec(read('fluentd/fluentd.conf')) ?? [];
  const tagged = product.filter(([, { logging }]) => logging?.driver === 'json-file' && logging.options?.['tag'] === tag).map(([name]) => name);
  expect(tagged).toEqual(['analytics-api', 'jobs-worker', 'websocket-gateway']);
  expect(compose.services['fluentd']?.volumes).toContain('${DOCKER_LOGS:-/var/lib/docker/containers}:/var/lib/docker/containers:ro');
});

test('alerts link to the Grafana that compose starts', () => {
  expect(read('alertmanager/analytics.tmpl')).toContain(`{{ define "analytics.grafana" }}${/^GRAFANA_URL=(.*)$/m.exec(read('.env.example'))?.[1]}{{ end }}`);
});

test('Prometheus scrapes every service of the stack that has metrics, and nothing that is not there', () => {
  const product = ['analytics-api:8000', 'jobs-worker:8001', 'websocket-gateway:8002', 'jobs-worker:8001'];
  const stack = ['localhost:9090', 'alertmanager:9093', 'fluentd:24231', 'otel-collector:8888', 'otel-collector:8889', 'postgres-exporter:9187', 'redis-exporter:9121'];
  expect(scrapeTargets().sort()).toEqual([...product, ...stack].sort());
  for (const host of stack.map((target) => target.split(':')[0] as string)) if (host !== 'localhost') expect(compose.services).toHaveProperty([host]);
});

test('Prometheus mounts every rule file it names, and keeps what the SLOs look back upon', () => {
  const { rule_files } = yaml('prometheus.yml') as { rule_files: string[] };
  expect(rule_files.sort()).toEqual(['alerts.yml', 'rules/meta.yml', 'rules/recording.yml', 'rules/slo.yml']);
  expect(compose.services['prometheus']?.command).toContain('--storage.tsdb.retention.time=35d');
});

test('.env.example says every variable of the compose file, with its default', () => {
  const used = new Map([...(read('docker-compose.yml')).matchAll(/\$\{(\w+):-([^}]*)\}/g)].map((match) => [match[1] as string, match[2] as string]));
  const example = new Map(read('.env.example').split('\n').filter((line) => /^\w+=/.test(line)).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  expect([...example].sort()).toEqual([...used].sort());
});

interface Pipelines {
  receivers: object;
  processors: object;
  exporters: object;
  connectors?: object;
  extensions: object;
  service: { extensions: string[]; pipelines: Record<string, { receivers: string[]; processors: string[]; exporters: string[] }> };
}

describe.each(['otel-collector/otel-collector.yml', 'jaeger/jaeger.yml'])('%s', (file) => {
  const config = yaml(file) as Pipelines;
  const pipelines = Object.values(config.service.pipelines);
  const used = (kind: 'receivers' | 'processors' | 'exporters'): string[] => [...new Set(pipelines.flatMap((pipeline) => pipeline[kind]))];
  const connectors = Object.keys(config.connectors ?? {});

  test('every component that is used is declared, and the reverse', () => {
    expect(used('receivers').filter((name) => !connectors.includes(name)).sort()).toEqual(Object.keys(config.receivers).sort());
    expect(used('processors').sort()).toEqual(Object.keys(config.processors).sort());
    expect(used('exporters').filter((name) => !connectors.includes(name)).sort()).toEqual(Object.keys(config.exporters).sort());
    for (const connector of connectors) expect([used('receivers').includes(connector), used('exporters').includes(connector)]).toEqual([true, true]);
    expect([...config.service.extensions].sort()).toEqual(Object.keys(config.extensions).sort());
  });
});

test('the collector refuses before it is killed, measures before it samples, and listens where compose says', () => {
  const { service } = yaml('otel-collector/otel-collector.yml') as Pipelines;
  for (const { processors } of Object.values(service.pipelines)) expect(processors[0]).toBe('memory_limiter');
  expect(service.pipelines['traces/measure']?.processors).not.toContain('tail_sampling');
  const text = read('otel-collector/otel-collector.yml');
  for (const port of [4317, 4318, 13133]) expect([port, text.includes(`0.0.0.0:${port}`), compose.services['otel-collector']?.ports?.includes(`127.0.0.1:${port}:${port}`)]).toEqual([port, true, true]);
  expect(text).toContain('endpoint: jaeger:4317');
  expect(read('jaeger/jaeger.yml')).toContain('0.0.0.0:16686');
});
