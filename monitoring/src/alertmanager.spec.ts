import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { inFolder } from './folder';
import { labelsOf } from './known-metrics';
import { analyse } from './promql';
import { alerts, type Alert } from './rules';

interface InhibitRule {
  source_matchers: string[];
  target_matchers: string[];
  equal: string[];
}
interface Route {
  receiver: string;
  routes?: Route[];
  active_time_intervals?: string[];
  mute_time_intervals?: string[];
}
const config = parse(readFileSync(inFolder('alertmanager.yml'), 'utf8')) as { inhibit_rules: InhibitRule[]; route: Route; receivers: { name: string }[] };

/** Names of the alerts that a rule's only matcher is about. */
const namesOf = (matchers: readonly string[]): string[] => matchers.flatMap((matcher) => (/^alertname=~?"([\w|]+)"$/.exec(matcher)?.[1] ?? `not by name: ${matcher}`).split('|'));
const labelsOfAlert = ({ expr, labels }: Alert): Set<string> => new Set([...analyse(expr, labelsOf).labels, ...Object.keys(labels)]);

/** Alertmanager takes a label that is missing on both sides for an equal one, and silences strangers. */
function inhibitionProblems({ source_matchers, target_matchers, equal }: InhibitRule): string[] {
  return [...namesOf(source_matchers), ...namesOf(target_matchers)].flatMap((name) => {
    const alert = alerts().find((one) => one.alert === name);
    if (!alert) return [`no alert: ${name}`];
    return equal.filter((label) => !labelsOfAlert(alert).has(label)).map((label) => `${name} has no label ${label}`);
  });
}

test('an inhibition is between alerts that exist, by labels that both have', () => {
  expect(config.inhibit_rules.length).toBeGreaterThan(3);
  expect(config.inhibit_rules.flatMap(inhibitionProblems)).toEqual([]);
  for (const { equal } of config.inhibit_rules) expect(equal.length).toBeGreaterThan(0);
});

test.each<[string, InhibitRule]>([
  ['no alert: Gone', { source_matchers: ['alertname="Gone"'], target_matchers: ['alertname="ServiceDown"'], equal: ['job'] }],
  ['QueueStalled has no label job', { source_matchers: ['alertname="ServiceDown"'], target_matchers: ['alertname=~"HighErrorRate|QueueStalled"'], equal: ['job'] }],
  ['no alert: not by name: severity="critical"', { source_matchers: ['severity="critical"'], target_matchers: ['alertname="HighErrorRate"'], equal: ['job'] }],
])('would notice: %s', (problem, rule) => {
  expect(inhibitionProblems(rule)).toContain(problem);
});

test('every receiver is reached, and every route has one', () => {
  const used = (route: Route): string[] => [route.receiver, ...(route.routes ?? []).flatMap(used)];
  expect([...new Set(used(config.route))].sort()).toEqual(config.receivers.map(({ name }) => name).sort());
});

test('no message is thrown away because of the hour: what comes outside of a time interval never comes', () => {
  const all = (route: Route): Route[] => [route, ...(route.routes ?? []).flatMap(all)];
  expect(all(config.route).filter((route) => route.active_time_intervals ?? route.mute_time_intervals)).toEqual([]);
});
