import { readdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { inFolder, inRepository } from '../folder';
import { LOG_FAMILIES } from './log-families';
import { fileOf, requests } from './requests';
import { requestText } from './write-requests';

const conf = readFileSync(inFolder('fluentd/fluentd.conf'), 'utf8');

test('the files are what the table says, and there are no others', () => {
  const wanted = Object.entries(requests());
  expect(readdirSync(inFolder('elasticsearch')).filter((name) => name.endsWith('.json')).sort()).toEqual(wanted.map(([path]) => fileOf(path)).sort());
  for (const [path, body] of wanted) expect(readFileSync(inFolder('elasticsearch', fileOf(path)), 'utf8')).toBe(requestText(body));
});

test('Fluentd writes exactly the families that have a template and a policy', () => {
  expect([...conf.matchAll(/logstash_prefix (\S+)/g)].map((match) => match[1]).sort()).toEqual(LOG_FAMILIES.map(({ name }) => name).sort());
});

test('applications write lines of the families that go by more than their level', () => {
  const source = (file: string): string => readFileSync(inRepository(file), 'utf8');
  const [, metrics] = /pattern \/\^(analytics\\\.metrics)\$\//.exec(conf) ?? [];
  expect(source('apps/jobs-worker/src/rollups/rollup-turn.ts')).toContain(`'event.dataset': '${metrics?.replace('\\', '')}'`);
  expect(source('libs/telemetry/src/logging/access-log.ts')).toContain('"duration_ms":');
  expect(readFileSync(inFolder('fluentd/plugin/filter_ecs.rb'), 'utf8')).toContain("record.key?('duration_ms') ? 'analytics.performance' : 'analytics.app'");
});

test('an index of one family matches the template of no other', () => {
  const matching = (index: string): string[] => LOG_FAMILIES.filter(({ pattern }) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(index)).map(({ name }) => name);
  for (const { name } of LOG_FAMILIES) expect(matching(`${name}-2026.11.23`)).toEqual([name]);
});

const mapped = (properties: Record<string, { properties?: object }>, prefix = ''): string[] => Object.entries(properties).flatMap(([name, property]) => (property.properties ? mapped(property.properties as Record<string, { properties?: object }>, `${prefix}${name}.`) : [`${prefix}${name}`]));

test('every field that Fluentd names is mapped, and every mapped field is named by Fluentd or the pipeline', () => {
  const component = requests()['_component_template/analytics-ecs'] as { template: { mappings: { properties: Record<string, { properties?: object }> } } };
  const filter = readFileSync(inFolder('fluentd/plugin/filter_ecs.rb'), 'utf8');
  const named = [...filter.matchAll(/=> '([\w.]+)'/g)].map((match) => match[1] as string).filter((name) => !/^\d/.test(name));
  const others = ['@timestamp', 'ecs.version', 'event.duration', 'fields', 'client.geo.country_iso_code', 'client.geo.city_name', 'client.geo.location'];
  expect(mapped(component.template.mappings.properties).sort()).toEqual([...new Set([...named, ...others])].sort());
});

test.each([
  ['203.0.113.77', '203.0.113.0'],
  ['::ffff:203.0.113.77', '203.0.113.0'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
  ['2001:db8::77', '2001:db8::'],
  ['2001:db8:1::77', '2001:db8:1::'],
  ['fe80::1', 'fe80::'],
  ['::1', '::'],
])('the address %s is cut to %s, which is still one for Elasticsearch', (address, cut) => {
  const { processors } = requests()['_ingest/pipeline/analytics-enrich'] as { processors: { gsub?: { field: string; pattern: string; replacement: string } }[] };
  const left = processors.reduce((text, { gsub }) => (gsub ? text.replace(new RegExp(gsub.pattern, 'g'), gsub.replacement) : text), address);
  expect(left).toBe(cut);
  expect(isIP(left)).toBeGreaterThan(0);
});

test('the throttle does not round to zero', () => {
  const [, period, limit] = /THROTTLE_PERIOD_S'\] \|\| (\d+)[\s\S]*THROTTLE_LIMIT'\] \|\| (\d+)/.exec(conf) ?? [];
  expect(Math.floor(Number(limit) / Number(period))).toBeGreaterThanOrEqual(1);
  expect(conf).toContain('group_reset_rate_s -1');
});

test('every buffer is a file that blocks when full, and has somewhere to go after its last retry', () => {
  expect(conf.match(/@type elasticsearch_chunk$/gm)).toHaveLength(LOG_FAMILIES.length);
  expect(conf.match(/@include buffer\.conf/g)).toHaveLength(LOG_FAMILIES.length);
  expect(conf.match(/@type secondary_file/g)).toHaveLength(LOG_FAMILIES.length);
  expect(readFileSync(inFolder('fluentd/buffer.conf'), 'utf8')).toMatch(/@type file[\s\S]*overflow_action block[\s\S]*retry_timeout 24h/);
});
