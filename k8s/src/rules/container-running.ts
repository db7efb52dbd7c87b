import { type Container, isOurs, type Pod } from '../manifest';
import { quantity } from '../quantity';
import { containerRule, type Rule } from './rule';

/** What `bootstrap` allows itself between SIGTERM and the end, in seconds. */
const DRAIN_SECONDS = 25;
const RESOURCES = { cpu: [0.05, 4], memory: [64 * 2 ** 20, 4 * 2 ** 30], 'ephemeral-storage': [32 * 2 ** 20, 2 ** 30] } as const;
const PROBES = { startupProbe: '/health', livenessProbe: '/live', readinessProbe: '/ready' } as const;

const serves = (pod: Pod) => pod.owner.kind !== 'Job';
const probesOf = (c: Container) => (Object.keys(PROBES) as (keyof typeof PROBES)[]).map((kind) => ({ kind, probe: c[kind] }));
const budget = (probe: Container['startupProbe']) => (probe?.periodSeconds ?? 0) * (probe?.failureThreshold ?? 0);

const resourceRule = (kind: 'requests' | 'limits', resource: keyof typeof RESOURCES, after: string): Rule =>
  containerRule(`${resource}-${kind}`, after, (c) => {
    const [least, most] = RESOURCES[resource];
    const value = quantity(c.resources?.[kind]?.[resource]);
    return value >= least && value <= most ? [] : [`${c.resources?.[kind]?.[resource] ?? 'none'} is not between ${least} and ${most}`];
  });

/** How a container lives: what it may use, how the cluster sees that it is well, how it ends. */
export const CONTAINER_RUNNING: readonly Rule[] = [
  resourceRule('requests', 'cpu', 'kube-score container-resources, polaris cpuRequestsMissing, trivy KSV015'),
  resourceRule('requests', 'memory', 'kube-score container-resources, polaris memoryRequestsMissing, trivy KSV016'),
  resourceRule('requests', 'ephemeral-storage', 'kube-score container-ephemeral-storage-request-and-limit'),
  resourceRule('limits', 'cpu', 'kube-score container-resources, polaris cpuLimitsMissing, trivy KSV011'),
  resourceRule('limits', 'memory', 'kube-score container-resources, polaris memoryLimitsMissing, trivy KSV018'),
  resourceRule('limits', 'ephemeral-storage', 'kube-score container-ephemeral-storage-request-and-limit'),
  containerRule('request-within-limit', 'the API server', (c) =>
    Object.keys(RESOURCES).filter((resource) => !(quantity(c.resources?.requests?.[resource]) <= quantity(c.resources?.limits?.[resource]))),
  ),
  containerRule('has-all-probes', 'kube-score pod-probes, polaris livenessProbeMissing and readinessProbeMissing', (c, pod) => (serves(pod) ? probesOf(c).filter(({ probe }) => !probe).map(({ kind }) => kind) : [])),
  containerRule('probe-paths', 'each probe asks its own question', (c, pod) =>
    isOurs(pod) ? probesOf(c).filter(({ kind, probe }) => probe && (probe.httpGet?.path !== PROBES[kind] || probe.httpGet.scheme !== 'HTTP')).map(({ kind }) => kind) : [],
  ),
  containerRule('liveness-is-not-readiness', 'kube-score pod-probes-identical: a lost database must not restart every pod', (c) => c.livenessProbe !== undefined && JSON.stringify(c.livenessProbe) === JSON.stringify(c.readinessProbe)),
  containerRule('probe-ports-exist', 'a probe on a port that nobody opens never passes', (c) =>
    probesOf(c).filter(({ probe }) => probe && !probe.exec && !c.ports?.some((port) => port.name === (probe.httpGet ?? probe.tcpSocket)?.port)).map(({ kind }) => kind),
  ),
  containerRule('probe-commands', 'a data store without an HTTP port answers its own client', (c) =>
    probesOf(c).filter(({ probe }) => probe?.exec && !/^(pg_isready|redis-cli)$/.test(probe.exec.command?.[0] ?? '')).map(({ kind }) => kind),
  ),
  containerRule('probe-time-outs', 'an answer later than the next question is none', (c) =>
    probesOf(c).filter(({ probe }) => probe && !((probe.timeoutSeconds ?? 0) >= 2 && (probe.timeoutSeconds ?? 0) <= (probe.periodSeconds ?? 0))).map(({ kind }) => kind),
  ),
  containerRule('start-is-waited-for', 'between half a minute and five for the first answer', (c, pod) => serves(pod) && !(budget(c.startupProbe) >= 30 && budget(c.startupProbe) <= 300)),
  containerRule('restart-is-not-hasty', 'a long garbage collection is no reason, a minute of silence is', (c, pod) => serves(pod) && !(budget(c.livenessProbe) >= 30 && budget(c.livenessProbe) <= 120)),
  containerRule('unready-is-noticed', 'a pod that cannot work is taken out within 15 s, but not for one lost packet', (c, pod) =>
    serves(pod) && !(budget(c.readinessProbe) <= 15 && (c.readinessProbe?.failureThreshold ?? 0) >= 2),
  ),
  containerRule('pre-stop-sleep', 'the endpoint leaves every proxy before the process stops', (c, pod) => {
    const seconds = c.lifecycle?.preStop?.sleep?.seconds ?? 0;
    return isOurs(pod) && serves(pod) && !(seconds >= 3 && seconds <= 10);
  }),
  containerRule('no-shell-hook', 'the images have no shell', (c) => c.lifecycle?.preStop?.exec !== undefined || c.lifecycle?.postStart !== undefined),
  containerRule('grace-outlasts-drain', 'SIGKILL never meets work in flight', (c, pod) => {
    const grace = pod.spec.terminationGracePeriodSeconds ?? 0;
    return !(grace > (c.lifecycle?.preStop?.sleep?.seconds ?? 0) + DRAIN_SECONDS && grace <= 120);
  }),
  containerRule('runs-what-the-image-says', 'an entry point is the image’s; a Job names its program', (c, pod) =>
    isOurs(pod) && (c.command !== undefined || JSON.stringify(c.args) !== (serves(pod) ? undefined : '["dist/migrate/main.js"]')),
  ),
];
