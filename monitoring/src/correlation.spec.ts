import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { LOG_FAMILIES } from './elasticsearch/log-families';
import { requests } from './elasticsearch/requests';
import { inFolder, inRepository } from './folder';
import { problemsOf } from './known-metrics';
import { scrapeJobs } from './scrape-jobs';

interface DataSource {
  uid: string;
  jsonData: {
    exemplarTraceIdDestinations?: { name: string; datasourceUid: string }[];
    tracesToLogsV2?: { datasourceUid: string; query: string };
    tracesToMetrics?: { datasourceUid: string; tags: { key: string; value: string }[]; queries: { query: string }[] };
    dataLinks?: { field: string; url: string; datasourceUid: string }[];
    index?: string;
    timeField?: string;
    logMessageField?: string;
    logLevelField?: string;
  };
}

const { datasources } = parse(readFileSync(inFolder('grafana/provisioning/datasources/datasources.yml'), 'utf8')) as { datasources: DataSource[] };
const settings = (uid: string): DataSource['jsonData'] => datasources.find((one) => one.uid === uid)?.jsonData ?? {};
const telemetry = (file: string): string => readFileSync(inRepository('libs/telemetry/src', file), 'utf8');
const only = (text: string, pattern: RegExp): string => {
  const found = new Set([...text.matchAll(pattern)].map((match) => match[1] as string));
  expect([...found]).toHaveLength(1);
  return [...found][0] as string;
};

/** The type under which Elasticsearch keeps a field of a line. */
function typeOf(field: string): string | undefined {
  const { template } = requests()['_component_template/analytics-ecs'] as { template: { mappings: Mapping } };
  return field.split('.').reduce<Mapping | undefined>((at, name) => at?.properties?.[name], template.mappings)?.type;
}
interface Mapping {
  type?: string;
  properties?: Record<string, Mapping>;
}

test('from the dot of a slow request to its trace, and to the lines of it: one name for the trace all along', () => {
  const exemplar = only(telemetry('metrics/bucket-histogram.ts'), /labelSet: \{ (\w+): traceId \}/g);
  const logKey = only(telemetry('logging/logger.ts'), /(\w+): span\.traceId/g);
  expect(only(telemetry('logging/access-log.ts'), /"(\w+)":"\$\{span\.traceId\}"/g)).toBe(logKey);
  const field = only(readFileSync(inFolder('fluentd/plugin/filter_ecs.rb'), 'utf8'), new RegExp(`'${logKey}' => '([\\w.]+)'`, 'g'));
  expect(settings('prometheus').exemplarTraceIdDestinations).toMatchObject([{ name: exemplar, datasourceUid: 'jaeger' }]);
  expect(settings('jaeger').tracesToLogsV2).toMatchObject({ datasourceUid: 'elasticsearch', query: field + ':"$${__trace.traceId}"' });
  expect(settings('elasticsearch').dataLinks).toMatchObject([{ field, url: '$${__value.raw}', datasourceUid: 'jaeger' }]);
  expect(typeOf(field)).toBe('keyword');
});

test('from a span to the figures of its service: queries that parse, by the name that is the job', () => {
  const { datasourceUid, tags = [], queries = [] } = settings('jaeger').tracesToMetrics ?? {};
  expect([datasourceUid, tags]).toEqual(['prometheus', [{ key: 'service.name', value: 'job' }]]);
  expect(queries.length).toBeGreaterThan(0);
  expect(queries.flatMap(({ query }) => problemsOf(query.replace('$$__tags', 'job="analytics-api"'), scrapeJobs()))).toEqual([]);
  for (const app of ['analytics-api', 'jobs-worker', 'websocket-gateway']) expect(JSON.parse(readFileSync(inRepository('apps', app, 'package.json'), 'utf8'))).toMatchObject({ name: `@shadower/${app}` });
});

test('Grafana reads all indices of the logs by fields that they have', () => {
  const { index = '', timeField = '', logMessageField = '', logLevelField = '' } = settings('elasticsearch');
  for (const { name } of LOG_FAMILIES) expect(`${name}-2026.11.23`).toMatch(new RegExp(`^${index.replace('*', '.*')}$`));
  expect([typeOf(timeField), typeOf(logMessageField), typeOf(logLevelField)]).toEqual(['date', 'match_only_text', 'keyword']);
});
