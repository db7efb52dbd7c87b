import { freePort } from '../stack/port';
import type { Cause } from './cause';

const UNEVALUABLE = `
  - name: mistake
    rules:
      - record: mistake
        expr: label_replace(label_replace(up, "job", "one", "job", ".*"), "instance", "one", "instance", ".*")
`;

/** Longer than Prometheus waits between two messages at any useful factor. */
const FLAPS_EVERY_MS = 3_000;

const flapping: Cause['begin'] = ({ alertmanagerLink }) => {
  let cut = true;
  alertmanagerLink.cut();
  const timer = setInterval(() => (cut ? alertmanagerLink.open() : alertmanagerLink.cut(), (cut = !cut)), FLAPS_EVERY_MS);
  return async () => {
    clearInterval(timer);
    alertmanagerLink.open();
    await Promise.resolve();
  };
};

const refusing = (path: string): Cause['begin'] => ({ receiver }) => {
  const usual = receiver.answer;
  receiver.answer = (received) => (received.path.startsWith(path) ? { status: 400, body: 'refused' } : usual(received));
  return () => Promise.resolve((receiver.answer = usual));
};

const withoutCollector: Cause['begin'] = async (range) => {
  range.appEnv['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${await freePort()}`;
  await range.stack.restart('analytics-api');
  return () => {
    delete range.appEnv['OTEL_EXPORTER_OTLP_ENDPOINT'];
    return range.stack.restart('analytics-api');
  };
};

/** The configuration with the target of analytics-cluster on another port. */
const elsewhere = (port: number) => (text: string): string => text.replace(/(job_name: analytics-cluster[\s\S]*?127\.0\.0\.1:)\d+/, (_text, before: string) => `${before}${port}`);

/** What goes wrong with those who watch. */
export const MONITORING_CAUSES: Record<string, Cause> = {
  PrometheusRuleFailures: { says: 'a rule is loaded that cannot be evaluated', begin: (range) => range.editPrometheus('rules/meta.yml', (text) => text + UNEVALUABLE) },
  PrometheusNotificationFailures: { says: 'the link to Alertmanager comes and goes', begin: flapping },
  AlertmanagerNotificationFailures: { says: "the dead man's switch refuses its calls", begin: refusing('/dead-mans-switch') },
  SampleLimitExceeded: {
    says: 'a scrape job may bring less than there is',
    begin: (range) => range.editPrometheus('prometheus.yml', (text) => text.replace(/(job_name: analytics-cluster[\s\S]*?sample_limit: )\d+/, (_text, before: string) => `${before}3`)),
  },
  ScrapeTargetDown: { says: 'the scrape of the facts of the cluster goes to a port where nobody listens', begin: async (range) => range.editPrometheus('prometheus.yml', elsewhere(await freePort())) },
  TelemetryExportFailing: { says: 'the API is told of a collector that is not there', begin: withoutCollector },
};
