import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { APPS, type App } from './apps';
import { ROOT } from './build-context';

interface Service {
  image: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string;
  stop_grace_period?: string;
  ports?: string[];
  volumes?: (string | { source: string; read_only?: boolean })[];
  secrets?: string[];
  command?: string[];
  healthcheck?: object;
  build?: { context: string; dockerfile: string; args: Record<string, string> };
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
}
interface Compose {
  networks?: Record<string, { name: string; external?: boolean }>;
  secrets?: Record<string, { file: string }>;
  services: Record<string, Service>;
}

const read = (file: string): Compose => parse(readFileSync(join(ROOT, file), 'utf8'), { merge: true }) as Compose;
const compose = read('docker/compose.yml');
const monitored = read('docker/compose.monitored.yml');
const monitoring = read('monitoring/docker-compose.yml');
const services = Object.entries(compose.services);
const apps = Object.keys(APPS) as App[];

describe('compose files', () => {
  it.each(['docker/compose.yml', 'docker/compose.monitored.yml'])('%s keeps to the compose schema', (file) => {
    // Its `$schema` says https where draft 07 says http, which Ajv takes for another draft.
    const { $schema: _draft, ...schema } = JSON.parse(readFileSync(join(dirname(require.resolve('dclint/package.json')), 'schemas', 'compose.schema.json'), 'utf8')) as Record<string, unknown>;
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    validate(read(file));
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ services: { one: { image: 'x', memory_limit: '1g' } } })).toBe(false);
  });

  it.each(services)('%s is bounded, read-only, without capabilities, and of an exact version', (name, service) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], mem_limit: expect.stringMatching(/^\d+[mg]$/) });
    expect(service.image).toMatch(/:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    expect((service.ports ?? []).filter((port) => !/^127\.0\.0\.1:(\d+):\1$/.test(port))).toEqual([]);
    // The apps have theirs in the image.
    expect(name in APPS || service.healthcheck !== undefined).toBe(true);
  });

  it.each(apps)('%s runs the image of its Nx target, on its port, after the migration', (app) => {
    const service = compose.services[app] as Service;
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(service.image).toBe(`shadower/${app}:${version}`);
    expect(service.build).toEqual({ context: `out/${app}`, dockerfile: '../../Dockerfile', args: { APP: app, PORT: String(APPS[app]), VERSION: version } });
    expect(service.ports).toEqual([`127.0.0.1:${APPS[app]}:${APPS[app]}`]);
    expect(service.depends_on).toEqual({ migrate: { condition: 'service_completed_successfully' }, redis: { condition: 'service_healthy' } });
    expect(parseInt(service.stop_grace_period ?? '0', 10)).toBeGreaterThan(25);
  });

  it.each(services)('%s reads every secret that it is given, and no other; none is in its environment', (_name, service) => {
    const files = Object.entries(service.environment ?? {}).filter(([name]) => name.endsWith('_FILE')).map(([, path]) => path.replace('/run/secrets/', ''));
    expect(files.sort()).toEqual([...(service.secrets ?? [])].sort());
    expect(Object.keys(service.environment ?? {}).filter((name) => /PASSWORD$|SECRET$|DSN$|DATABASE_URL$|REDIS_URL$/.test(name))).toEqual([]);
  });

  it('mounts what exists, and has a file for each secret of a trial', () => {
    const mounted = services.flatMap(([, service]) => (service.volumes ?? []).map((volume) => (typeof volume === 'string' ? (volume.split(':')[0] ?? '') : volume.source)));
    const paths = [...mounted, ...Object.values(compose.secrets ?? {}).map(({ file }) => file)].map((path) => path.replace(/\$\{SECRETS:-(.*)\}/, '$1')).filter((path) => path.startsWith('.'));
    expect(paths.length).toBeGreaterThan(6);
    expect(paths.filter((path) => !existsSync(join(ROOT, 'docker', path)))).toEqual([]);
    expect(new Set(services.flatMap(([, service]) => service.secrets ?? []))).toEqual(new Set(Object.keys(compose.secrets ?? {})));
  });

  it('takes every password from the folder that SECRETS names, and production refuses those of the trial', () => {
    const given = [...Object.values(compose.secrets ?? {}).map(({ file }) => file), ...JSON.stringify(compose.services).match(/[^"]*\.sql/g) ?? []].filter((path) => !path.startsWith('/'));
    expect(given.filter((path) => !path.startsWith('${SECRETS:-../k8s/overlays/dev/secrets}/'))).toEqual([]);
    const trial = join(ROOT, 'k8s/overlays/dev/secrets');
    const texts = readdirSync(trial).map((file) => [file, readFileSync(join(trial, file), 'utf8')] as const);
    // What APP_ENV=production looks for (libs/telemetry/src/config.ts); Redis has no password in a trial, and nobody reports errors.
    expect(texts.filter(([, text]) => !text.includes('development-only')).map(([file]) => file).sort()).toEqual(['redis-url', 'sentry-dsn']);
  });

  it('joins the network of the monitoring stack, and its collector', () => {
    expect(monitored.networks?.['default']).toEqual({ name: monitoring.networks?.['default']?.name, external: true });
    expect(Object.keys(monitored.services)).toEqual(apps);
    const hosts = Object.values(monitored.services).map((service) => new URL(service.environment?.['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '').hostname);
    expect(hosts.filter((host) => !(host in monitoring.services))).toEqual([]);
  });

  it('runs the data stores of the trial cluster', () => {
    for (const name of ['postgresql', 'redis']) expect(readFileSync(join(ROOT, `k8s/overlays/dev/${name}.yaml`), 'utf8')).toContain(`image: ${compose.services[name]?.image}\n`);
  });

  it.each(apps)('%s is an Nx target, an image and a Deployment of one name and port', (app) => {
    const project = JSON.parse(readFileSync(join(ROOT, 'apps', app, 'package.json'), 'utf8')) as { name: string; nx: { targets: object } };
    expect(project).toMatchObject({ name: `@shadower/${app}`, nx: { targets: { container: {} } } });
    const manifest = readFileSync(join(ROOT, `k8s/base/${app}.yaml`), 'utf8');
    expect(manifest).toContain(`image: shadower/${app}\n`);
    expect(manifest).toContain(`containerPort: ${APPS[app]}\n`);
  });
});
