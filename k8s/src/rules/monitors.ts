import { deployments, type Manifest, ofKind, services } from '../manifest';
import { objectRule, type Rule } from './rule';

interface PodMonitor extends Manifest {
  spec: { jobLabel: string; sampleLimit: number; selector: { matchExpressions?: { key: string; operator: string; values?: string[] }[] }; podMetricsEndpoints: { port: string; path: string; interval: string; scrapeTimeout: string }[] };
}
interface ScrapeConfig extends Manifest {
  spec: { jobName: string; metricsPath: string; sampleLimit: number; staticConfigs: { targets: string[]; labels?: Record<string, string> }[] };
}

const NAME = 'app.kubernetes.io/name';
const bounded = (limit: number) => limit >= 1_000 && limit <= 20_000;

/** Whether Prometheus finds what it is told to scrape, under the names that the alert rules use. */
export const MONITORS: readonly Rule[] = [
  objectRule('pod-monitor-selects-apps', 'every process is a target, and its job is the app', (objects) => ofKind<PodMonitor>(objects, 'PodMonitor'), (m, objects) => {
    const [expression, ...more] = m.spec.selector.matchExpressions ?? [];
    const apps = deployments(objects).map((d) => d.metadata.name);
    return more.length > 0 || m.metadata.name !== 'analytics' || m.spec.jobLabel !== NAME || expression?.key !== NAME || expression.operator !== 'In' || expression.values?.join() !== apps.join();
  }),
  objectRule('pod-monitor-endpoint', 'the metrics of one process, never more than a process has', (objects) => ofKind<PodMonitor>(objects, 'PodMonitor'), (m) =>
    !bounded(m.spec.sampleLimit) || m.spec.podMetricsEndpoints.some(({ port, path, interval, scrapeTimeout }) => port !== 'http' || path !== '/metrics' || interval !== '15s' || scrapeTimeout !== '10s'),
  ),
  objectRule('cluster-facts-once', 'through a Service, as one target, under the name that the rules read', (objects) => ofKind<ScrapeConfig>(objects, 'ScrapeConfig'), (s, objects) => {
    const known = services(objects).flatMap((service) => (service.spec?.ports ?? []).map((port) => `${service.metadata.name}.${service.metadata.namespace}.svc:${port.port}`));
    const [config, ...more] = s.spec.staticConfigs;
    const named = s.metadata.name === 'analytics-cluster' && s.spec.jobName === s.metadata.name && config?.labels?.['job'] === s.metadata.name && Object.keys(config.labels).length === 1;
    return !named || more.length > 0 || config?.targets.length !== 1 || !known.includes(config.targets[0] ?? '') || s.spec.metricsPath !== '/metrics/cluster' || !bounded(s.spec.sampleLimit);
  }),
];
