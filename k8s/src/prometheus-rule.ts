import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { K8S } from './render';

const MONITORING = join(K8S, '..', 'monitoring');

/** Where the rendered rule object is kept: kustomize cannot put the content of one YAML file into another. */
export const PROMETHEUS_RULE = join(K8S, 'components', 'prometheus-operator', 'rules.yaml');

/** The alert and recording rules of monitoring/ as one object of the Prometheus operator, as YAML. */
export function prometheusRule(): string {
  const files = ['alerts.yml', ...readdirSync(join(MONITORING, 'rules')).filter((name) => /^[a-z]+\.yml$/.test(name)).sort().map((name) => join('rules', name))];
  const groups = files.flatMap((file) => (parse(readFileSync(join(MONITORING, file), 'utf8')) as { groups: object[] }).groups);
  const object = { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata: { name: 'analytics', namespace: 'shadower-analytics' }, spec: { groups } };
  return `# Made of monitoring/alerts.yml and monitoring/rules/*.yml by \`nx run @shadower/k8s:rules\`; a test compares them.\n${stringify(object, { lineWidth: 0 })}`;
}
