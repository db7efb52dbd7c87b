import { readFileSync } from 'node:fs';
import { PROMETHEUS_RULE, prometheusRule } from './prometheus-rule';

it('the cluster gets the rules of monitoring/ (else: npx nx run @shadower/k8s:rules)', () => {
  expect(readFileSync(PROMETHEUS_RULE, 'utf8')).toBe(prometheusRule());
});
