import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { inFolder } from './folder';
import { isAlert, readRules, RULE_FILES, type Alert, type RuleGroup } from './rules';

/** One alert alone: the recording rules, the alert as it is or changed, and the tests that ask for it. */
export interface Specimen {
  name: string;
  rules: { groups: RuleGroup[] };
  tests: { evaluation_interval: string; group_eval_order: string[]; tests: unknown[] }[];
}
interface TestFile {
  evaluation_interval: string;
  tests: { alert_rule_test?: { alertname: string }[] }[];
}

const THRESHOLD = /(==|<=|>=|<|>) (\d+(?:\.\d+)?)/g;

/** Every comparison with a number, moved by 20 % both ways; a comparison with 0 is moved by 0.2, and `== 0` becomes `== 1`. */
export function movedThresholds(expr: string): { name: string; expr: string }[] {
  return [...expr.matchAll(THRESHOLD)].flatMap((match) => {
    const [text, operator, number] = match as unknown as [string, string, string];
    const value = Number(number);
    const moved = operator === '==' ? [value + 1] : value === 0 ? [-0.2, 0.2] : [value * 0.8, value * 1.2];
    return moved.map((to) => {
      const changed = `${operator} ${Number(to.toPrecision(6))}`;
      return { name: `${text} -> ${changed} at ${match.index}`, expr: expr.slice(0, match.index) + changed + expr.slice(match.index + text.length) };
    });
  });
}

function specimen(file: (typeof RULE_FILES)[number], alert: Alert, name: string): Specimen {
  const helpers = [...readRules('rules/recording.yml'), ...(file.file === 'rules/recording.yml' ? [] : readRules(file.file))]
    .map((group) => ({ ...group, rules: group.rules.filter((rule) => !isAlert(rule)) }))
    .filter((group) => group.rules.length > 0);
  const groups = [...helpers, { name: 'specimen', rules: [alert] }];
  const tests = file.tests.flatMap((testFile) => {
    const { evaluation_interval, tests } = parse(readFileSync(inFolder(testFile), 'utf8')) as TestFile;
    const asked = tests.filter((test) => test.alert_rule_test?.some(({ alertname }) => alertname === alert.alert)).map((test) => ({ ...test, promql_expr_test: [] }));
    return asked.length > 0 ? [{ evaluation_interval, group_eval_order: groups.map((group) => group.name), tests: asked }] : [];
  });
  return { name: `${alert.alert}: ${name}`, rules: { groups }, tests };
}

/** Every alert unchanged; these must pass, or the mutants prove nothing. */
export const originals = (): Specimen[] => eachAlert((file, alert) => [specimen(file, alert, 'as it is')]);

/** Every alert with one threshold moved, or with its waiting time removed; each must be caught by the tests. */
export const mutants = (): Specimen[] =>
  eachAlert((file, alert) => {
    const moved = movedThresholds(alert.expr).map(({ name, expr }) => specimen(file, { ...alert, expr }, name));
    return alert.for ? [...moved, specimen(file, { ...alert, for: '0s' }, `for ${alert.for} -> 0s`)] : moved;
  });

function eachAlert(make: (file: (typeof RULE_FILES)[number], alert: Alert) => Specimen[]): Specimen[] {
  return RULE_FILES.flatMap((file) => readRules(file.file).flatMap((group) => group.rules.filter(isAlert).flatMap((alert) => make(file, alert))));
}
