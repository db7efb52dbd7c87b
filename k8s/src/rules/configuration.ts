import { configMaps, containersOf, ingresses, isOurs, type Manifest, pods, secrets, services } from '../manifest';
import { containerRule, objectRule, podRule, type Rule } from './rule';

/** The uid of the images (docker/Dockerfile), and one for foreign images that run under any. */
const UID = { ours: 10_001, foreign: 10_999 };
const COLLECTOR = 'http://otel-collector.shadower-monitoring.svc:4317';
/** Where PostgreSQL's image looks for scripts. */
export const INIT_SCRIPTS = '/docker-entrypoint-initdb.d';
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'];

const decoded = (value: string | undefined): string => Buffer.from(value ?? '', 'base64').toString();
const urlOf = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);
/** A URL whose host and port are those of a Service that is rendered beside it. */
const reaches = (text: string, protocol: string, objects: Manifest[]): boolean => {
  const url = urlOf(text);
  return url?.protocol === protocol && services(objects).some((s) => s.metadata.name === url.hostname && s.spec?.ports?.some((port) => String(port.port) === url.port));
};

/** What each secret must look like; only trials carry secrets. */
const SECRET_VALUES: Readonly<Record<string, (value: string, objects: Manifest[]) => boolean>> = {
  'database-url': (value, objects) => reaches(value, 'postgres:', objects) && urlOf(value)?.username === 'analytics' && urlOf(value)?.pathname === '/shadower',
  'database-migration-url': (value, objects) => reaches(value, 'postgres:', objects) && urlOf(value)?.username === 'postgres' && urlOf(value)?.pathname === '/shadower',
  'redis-url': (value, objects) => reaches(value, 'redis:', objects),
  'auth-jwt-secret': (value) => value.length >= 32,
  'sentry-dsn': (value) => value === '' || urlOf(value)?.protocol === 'https:',
  'login.sql': (value, objects) => createsLogin(value, objects),
  'postgresql-password': (value, objects) => secrets(objects).some((secret) => urlOf(decoded(secret.data?.['database-migration-url']))?.password === value),
};

/** The applications' login is no owner, and has the password of their address. */
function createsLogin(script: string, objects: Manifest[]): boolean {
  const database = secrets(objects).map((secret) => urlOf(decoded(secret.data?.['database-url']))).find(Boolean);
  return script.includes(`CREATE ROLE ${database?.username} LOGIN PASSWORD '${database?.password}' IN ROLE shadower_app;`);
}

/** What configuration and secrets say, where the rest of the rendering must agree with it. */
export const CONFIGURATION: readonly Rule[] = [
  podRule('uid-of-the-image', 'the files that a pod writes belong to one known user', (pod) => pod.spec.securityContext?.runAsUser !== (isOurs(pod) ? UID.ours : UID.foreign) || pod.spec.securityContext.runAsGroup !== pod.spec.securityContext.runAsUser),
  containerRule('reads-the-configuration', 'one ConfigMap for all, and nothing else wholesale', (c, pod) => isOurs(pod) !== (c.envFrom?.length === 1 && /^analytics-config-/.test(c.envFrom[0]?.configMapRef?.name ?? ''))),
  objectRule('configuration-values', 'what the apps must be told in a cluster', (objects) => configMaps(objects).filter((map) => /^analytics-config-/.test(map.metadata.name ?? '')), (map, objects) => {
    const { APP_ENV, LOG_LEVEL, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG, GATEWAY_URL } = map.data ?? {};
    // Clients are told the address that the Ingress serves.
    if (GATEWAY_URL !== `wss://${ingresses(objects)[0]?.spec?.rules?.[0]?.host}`) return true;
    return !/^(development|production)$/.test(APP_ENV ?? '') || !LEVELS.includes(LOG_LEVEL ?? '') || OTEL_EXPORTER_OTLP_ENDPOINT !== COLLECTOR || OTEL_TRACES_SAMPLER_ARG !== '1';
  }),
  objectRule('secret-values', 'an address leads to a Service, a password to a login', secrets, (secret, objects) => Object.entries(secret.data ?? {}).filter(([key, value]) => !SECRET_VALUES[key]?.(decoded(value), objects)).map(([key]) => key)),
  containerRule('postgresql-settings', 'the database that the secrets name, on the volume', (c) => {
    const value = (name: string) => c.env?.find((e) => e.name === name)?.value;
    return c.name === 'postgresql' && (value('POSTGRES_DB') !== 'shadower' || value('POSTGRES_PASSWORD_FILE') === undefined || value('PGDATA') !== `${c.volumeMounts?.find((mount) => mount.name === 'data')?.mountPath}/pgdata`);
  }),
  podRule('init-scripts-are-mounted', 'PostgreSQL runs what lies in this folder once', (pod) => {
    const init = pod.spec.volumes?.find((volume) => /^postgresql-init-/.test(volume.secret?.secretName ?? ''))?.name;
    return pod.owner.metadata.name === 'postgresql' && !containersOf(pod).some((c) => c.volumeMounts?.some((mount) => mount.name === init && mount.mountPath === INIT_SCRIPTS));
  }),
  containerRule('redis-settings', 'BullMQ must never have a job evicted; nothing in Redis is the only copy', (c) => c.name === 'redis' && c.args?.join(' ') !== '--save  --appendonly no --maxmemory 256mb --maxmemory-policy noeviction'),
  podRule('no-orphans', 'a pod that nobody made a rule for', (pod, objects) => !isOurs(pod) && !/^(postgresql|redis|fluentd|otel-collector)$/.test(pod.owner.metadata.name ?? '') && pods(objects).length > 0),
];
