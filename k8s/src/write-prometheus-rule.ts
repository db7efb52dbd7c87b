import { writeFileSync } from 'node:fs';
import { PROMETHEUS_RULE, prometheusRule } from './prometheus-rule';

writeFileSync(PROMETHEUS_RULE, prometheusRule());
