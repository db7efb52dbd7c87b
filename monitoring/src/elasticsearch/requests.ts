import type { estypes } from '@elastic/elasticsearch';
import { LOG_FAMILIES } from './log-families';

const keyword: estypes.MappingProperty = { type: 'keyword', ignore_above: 1024 };
const text: estypes.MappingProperty = { type: 'match_only_text' };
const object = (properties: Record<string, estypes.MappingProperty>): estypes.MappingProperty => ({ properties });

/** Names and types of the Elastic Common Schema. `dynamic: false` keeps what is not named here, but does not index it. */
const mappings: estypes.MappingTypeMapping = {
  dynamic: false,
  properties: {
    '@timestamp': { type: 'date' },
    message: text,
    ecs: object({ version: keyword }),
    log: object({ level: keyword, logger: keyword }),
    service: object({ name: keyword, version: keyword, environment: keyword }),
    event: object({ dataset: keyword, duration: { type: 'long' } }),
    trace: object({ id: keyword }),
    span: object({ id: keyword }),
    user: object({ id: keyword }),
    organization: object({ id: keyword }),
    url: object({ template: keyword }),
    http: object({ request: object({ id: keyword, method: keyword }), response: object({ status_code: { type: 'short' } }) }),
    error: object({ type: keyword, code: keyword, message: text, stack_trace: { type: 'wildcard' } }),
    client: object({ ip: { type: 'ip' }, geo: object({ country_iso_code: keyword, city_name: keyword, location: { type: 'geo_point' } }) }),
    labels: object({ job_id: keyword, queue: keyword, connection_id: keyword }),
    // Whatever else a line says: one field of the mapping, searchable by key and value, that cannot explode.
    fields: { type: 'flattened', ignore_above: 1024 },
  },
};

const component: Omit<estypes.ClusterPutComponentTemplateRequest, 'name'> = {
  version: 1,
  template: {
    settings: { index: { number_of_shards: 1, number_of_replicas: 0, auto_expand_replicas: '0-1', refresh_interval: '5s', codec: 'best_compression', default_pipeline: 'analytics-enrich', mapping: { total_fields: { limit: 200 } } } },
    mappings,
  },
};

/** Looks up the country of an address, then forgets its last part: who exactly it was is nobody's business. */
const pipeline: Omit<estypes.IngestPutPipelineRequest, 'id'> = {
  version: 1,
  description: 'Country and city of client.ip, which is truncated afterwards',
  processors: [
    { geoip: { field: 'client.ip', target_field: 'client.geo', properties: ['COUNTRY_ISO_CODE', 'CITY_NAME', 'LOCATION'], ignore_missing: true, ignore_failure: true } },
    { gsub: { field: 'client.ip', pattern: '^::[fF]{4}:(?=\\d+\\.)', replacement: '', ignore_missing: true } },
    { gsub: { field: 'client.ip', pattern: '\\.\\d+$', replacement: '.0', ignore_missing: true } },
    { gsub: { field: 'client.ip', pattern: '^((?:[0-9a-fA-F]+(?::[0-9a-fA-F]+){0,2})?):.*$', replacement: '$1::', ignore_missing: true } },
  ],
};

const policy = (days: number): Omit<estypes.IlmPutLifecycleRequest, 'name'> => ({
  policy: { phases: { hot: { min_age: '0ms', actions: { set_priority: { priority: 100 } } }, delete: { min_age: `${days}d`, actions: { delete: {} } } } },
});

const template = (name: string, pattern: string): Omit<estypes.IndicesPutIndexTemplateRequest, 'name'> => ({
  version: 1, priority: 200, index_patterns: [pattern], composed_of: ['analytics-ecs'], template: { settings: { index: { lifecycle: { name } } } },
});

/** Bodies of the PUT requests that prepare Elasticsearch, by path, in their order. The names of the files say the paths. */
export const requests = (): Record<string, object> => ({
  '_ingest/pipeline/analytics-enrich': pipeline,
  ...Object.fromEntries(LOG_FAMILIES.map(({ name, deleteAfterDays }) => [`_ilm/policy/${name}`, policy(deleteAfterDays)])),
  '_component_template/analytics-ecs': component,
  ...Object.fromEntries(LOG_FAMILIES.map(({ name, pattern }) => [`_index_template/${name}`, template(name, pattern)])),
});

/** `_ilm/policy/x` stands in the file `_ilm.policy.x.json`. */
export const fileOf = (path: string): string => `${path.replaceAll('/', '.')}.json`;
