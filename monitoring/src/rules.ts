import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { inFolder } from './folder';

export interface Alert {
  alert: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}
export interface Recording {
  record: string;
  expr: string;
  labels?: Record<string, string>;
}
export interface RuleGroup {
  name: string;
  rules: (Alert | Recording)[];
}

/** Rule files in the order of their evaluation, each with the files that test it; paths are relative to this folder. */
export const RULE_FILES = [
  { file: 'rules/recording.yml', tests: [] },
  { file: 'alerts.yml', tests: ['alerts.test.yml', 'rules/credits.test.yml'] },
  { file: 'rules/slo.yml', tests: ['rules/slo.test.yml'] },
  { file: 'rules/meta.yml', tests: ['rules/meta.test.yml'] },
] as const;

export const isAlert = (rule: Alert | Recording): rule is Alert => 'alert' in rule;

export const readRules = (file: string): RuleGroup[] => (parse(readFileSync(inFolder(file), 'utf8')) as { groups: RuleGroup[] }).groups;

const all = (): (Alert | Recording)[] => RULE_FILES.flatMap(({ file }) => readRules(file)).flatMap((group) => group.rules);

export const alerts = (): Alert[] => all().filter(isAlert);
export const recordings = (): Recording[] => all().filter((rule): rule is Recording => !isAlert(rule));
