import { deployments, type Manifest, ofKind, services } from '../manifest';
import { objectRule, type Rule } from './rule';

interface PodMonitor extends Manifest {
  spec: { jobLabel: string; sampleLimit: number; namespaceSelector?: { matchNames: string[] }; selector: { matchExpressions?: { key: string; operator: string; values?: string[] }[] }; podMetricsEndpoints: { port: string; path: string; interval: string; scrapeTimeout: string; relabelings?: { action: string; regex: string }[] }[] };
}
interface ScrapeConfig extends Manifest {
  spec: { jobName: string; metricsPath: string; sampleLimit: number; staticConfigs: { targets: string[]; labels?: Record<string, string> }[] };
}

const NAME = 'app.kubernetes.io/name';
/** Of the queues and of active users only workers tell. */
const WORKER = 'jobs-worker';
const bounded = (limit: number) => limit >= 1_000 && limit <= 20_000;
/** The pods that each monitor is for, by their names, and the names of their ports. */
const MEANT: Readonly<Record<string, (objects: Manifest[]) => { space?: string; pods: (string | undefined)[]; ports: string[] }>> = {
  analytics: (objects) => ({ pods: deployments(objects).map((d) => d.metadata.name), ports: ['http'] }),
  telemetry: () => ({ space: 'shadower-monitoring', pods: ['fluentd', 'otel-collector'], ports: ['metrics', 'spanmetrics'] }),
};

/** Whether Prometheus finds what it is told to scrape, under the names that the alert rules use. */
export const MONITORS: readonly Rule[] = [
  objectRule('pod-monitor-selects', 'every process is a target, and its job is the workload', (objects) => ofKind<PodMonitor>(objects, 'PodMonitor'), (m, objects) => {
    const [expression, ...more] = m.spec.selector.matchExpressions ?? [];
    const meant = MEANT[m.metadata.name ?? '']?.(objects);
    const elsewhere = m.spec.namespaceSelector?.matchNames.join() !== meant?.space;
    return more.length > 0 || elsewhere || m.spec.jobLabel !== NAME || expression?.key !== NAME || expression.operator !== 'In' || expression.values?.join() !== meant?.pods.join();
  }),
  objectRule('pod-monitor-endpoints', 'the metrics of one process, never more than a process has', (objects) => ofKind<PodMonitor>(objects, 'PodMonitor'), (m, objects) => {
    const endpoints = m.spec.podMetricsEndpoints;
    const wrong = endpoints.some(({ path, interval, scrapeTimeout }) => path !== '/metrics' || interval !== '15s' || scrapeTimeout !== '10s');
    return !bounded(m.spec.sampleLimit) || wrong || endpoints.map(({ port }) => port).join() !== MEANT[m.metadata.name ?? '']?.(objects).ports.join();
  }),
  objectRule('pod-monitor-keeps-labels', 'the operator labels a target with the port, `endpoint`, which would take the place of the label of the HTTP metrics', (objects) => ofKind<PodMonitor>(objects, 'PodMonitor').filter(({ metadata }) => metadata.name === 'analytics'), (m) => m.spec.podMetricsEndpoints.some(({ relabelings = [] }) => relabelings.length !== 1 || relabelings[0]?.action !== 'labeldrop' || relabelings[0].regex !== 'endpoint')),
  objectRule('cluster-facts-once', 'of a worker, which knows them all, through its Service, as one target, under the name that the rules read', (objects) => ofKind<ScrapeConfig>(objects, 'ScrapeConfig'), (s, objects) => {
    const known = services(objects).filter((service) => service.metadata.name === WORKER).flatMap((service) => (service.spec?.ports ?? []).map((port) => `${service.metadata.name}.${service.metadata.namespace}.svc:${port.port}`));
    const [config, ...more] = s.spec.staticConfigs;
    const named = s.metadata.name === 'analytics-cluster' && s.spec.jobName === s.metadata.name && config?.labels?.['job'] === s.metadata.name && Object.keys(config.labels).length === 1;
    return !named || more.length > 0 || config?.targets.length !== 1 || !known.includes(config.targets[0] ?? '') || s.spec.metricsPath !== '/metrics/cluster' || !bounded(s.spec.sampleLimit);
  }),
];
