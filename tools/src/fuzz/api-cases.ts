import fc from 'fast-check';
import { isProbe, operationsOf, type ApiDocument, type NamedOperation } from './api-document';
import { jsonText } from './json-text';
import { nastyCursor, nastyText, nastyTime, nastyZone } from './nasty';
import { rightValue, type Known } from './right-value';
import { spoilt } from './spoilt';
import { WIRES, type Wire } from './wires';

/** Stands in a path for the id of something that there is, and in a query for a signed link to it; filled in when the case is sent. */
export const REAL_ID = '{real}';
export const REAL_LINK = '{link}';

export interface ApiCase {
  operation: string;
  path: string;
  body?: string;
  /** null: none is sent. */
  contentType?: string | null;
  wire?: Wire;
  headers: Record<string, string>;
}

const HOUR_MS = 3_600_000;
const when = (ms: number, { format }: { format?: string }): fc.Arbitrary<string> => fc.constant(ms).map((from) => new Date(Date.now() + from).toISOString().slice(0, format === 'date' ? 10 : undefined));
const cursor = (id: string): string => Buffer.from(JSON.stringify([new Date().toISOString(), id])).toString('base64url');
/** What the ids of a list look like stands in no schema. */
const idLike = (route: string): string => (route.includes('/api-keys') ? '0123456789abcdef' : /\/(executions|agents)/.test(route) ? 'run-1' : '00000000-0000-4000-8000-000000000000');

/** What the document does not say of right values. */
const knownFor = (route: string, workspace: string): Known => ({
  workspace_id: () => fc.constant(workspace),
  time: (schema) => when(-60_000, schema),
  expires_at: (schema) => when(HOUR_MS, schema),
  from: (schema) => when(-48 * HOUR_MS, schema),
  to: (schema) => when(0, schema),
  limit: ({ type }) => (type === 'integer' ? fc.integer({ min: 1, max: 100 }) : fc.constantFrom('1', '1.25', '999999999999.999999')),
  timezone: () => fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata'),
  filter: (schema) => (schema.type === 'string' ? fc.constantFrom('agent:greeter', 'kind:user.active') : rightValue(schema, {})),
  cursor: () => fc.constant(cursor(idLike(route))),
});

/** What spoils a request as a whole comes seldom, or it would hide what is wrong in the rest. */
const seldom = <T, N>(usually: N, otherwise: fc.Arbitrary<T>, weight = 12): fc.Arbitrary<T | N> => fc.oneof({ weight, arbitrary: fc.constant(usually) }, { weight: 1, arbitrary: otherwise });

/** Right bodies of an operation; undefined when it takes none. */
export function rightBodies({ requestBody, route }: NamedOperation, document: ApiDocument, workspace: string): fc.Arbitrary<unknown> | undefined {
  const schema = Object.values(requestBody?.content ?? {})[0]?.schema;
  return schema && rightValue(schema, { schemas: document.components?.schemas, known: knownFor(route, workspace) });
}

/** A batch of events in the three forms that it may have; what is no batch stays as it is. */
function inForm(body: unknown, contentType: string): string {
  const { events } = (body ?? {}) as { events?: unknown };
  if (Array.isArray(events) && contentType.includes('ndjson')) return events.map(jsonText).join('\n');
  if (!Array.isArray(events) || !contentType.includes('cloudevents')) return jsonText(body);
  const renamed = (event: unknown): unknown => (typeof event === 'object' && event !== null && !Array.isArray(event) ? Object.fromEntries(Object.entries(event).map(([name, value]) => [name.replace(/^(user|agent|execution)_id$/, '$1id'), value as unknown])) : event);
  return jsonText(events.map(renamed));
}

const strangeTypes = fc.constantFrom<(string | null)[]>(null, 'application/json; charset=utf-16', 'application/json; charset=latin1', 'application/json; charset=no-such-charset', 'application/json; charset="', 'application/jsonp', 'application/x-ndjson; charset=utf-8', 'text/plain', 'application/xml', 'multipart/form-data', 'x', '/');
const strangeWires = fc.constantFrom(...(Object.keys(WIRES) as Wire[]).filter((wire) => wire !== 'plain'));

/** Bodies: right, right but for some places in it, any JSON at all, cut off, or of another kind than they say. */
function bodies(operation: NamedOperation, document: ApiDocument, workspace: string): fc.Arbitrary<Pick<ApiCase, 'body' | 'contentType' | 'wire'>> {
  const right = rightBodies(operation, document, workspace);
  if (!right) return fc.constant({});
  const value = fc.oneof({ weight: 2, arbitrary: right }, { weight: 10, arbitrary: right.chain(spoilt) });
  const form = fc.constantFrom(...Object.keys(operation.requestBody?.content ?? {}));
  return fc.record({ value, form, strange: seldom(undefined, strangeTypes, 20), wire: seldom('plain' as Wire, strangeWires, 20), cut: seldom(null, fc.nat(200), 20) }).map(({ value: made, form: asked, strange, wire, cut }) => {
    const text = inForm(made, asked);
    return { body: cut === null ? text : text.slice(0, cut), contentType: strange === undefined ? asked : strange, wire };
  });
}

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed()).slice(0, 900).replace(/%[0-9A-F]?$/i, '') || 'x';
/** What no encoder makes. */
const rawPart = fc.constantFrom(
  ...['%', '%zz', '%ff', '%ED%A0%80', '%ED%B0%80', '%c0%ae', '%E0%A4%A', 'x'.repeat(2_000)],
  ...['%00', '..%2f..%2fetc', '%2e%2e%2f', '{}', '*', "'", '00000000-0000-4000-8000-000000000000', '0123456789abcdef'],
);

const hostile = new Map([['cursor', nastyCursor], ['from', nastyTime], ['to', nastyTime], ['timezone', nastyZone]]);
/** Spans that end before they begin, are empty, or longer than any that is answered. */
const ranges = fc.constantFrom<[string, string]>(['2026-02-01', '2026-01-01'], ['2026-01-01', '2026-01-01'], ['2000-01-01', '2099-12-31'], ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000000001Z'], ['1999-12-31', '2000-01-02']);

/** Parameters as pairs, for one may stand there twice. */
function queries({ parameters = [], route, name }: NamedOperation, workspace: string): fc.Arbitrary<[string, string][]> {
  if (name.endsWith('/download')) return fc.oneof(fc.constant<[string, string][]>([[REAL_LINK, '']]), fc.array(fc.tuple(fc.constantFrom('until', 'signature', 'x'), nastyText), { maxLength: 3 }));
  const known = parameters.filter((parameter) => parameter.in === 'query');
  const values = Object.fromEntries(known.map((parameter) => [parameter.name, rightValue(parameter.schema ?? {}, { known: knownFor(route, workspace) }, parameter.name)]));
  const right = fc.record(values, { requiredKeys: known.filter(({ required }) => required).map((parameter) => parameter.name), noNullPrototype: true }) as fc.Arbitrary<Record<string, unknown>>;
  const names = [...known.map((parameter) => parameter.name), 'unknown', '__proto__', 'from[]'];
  const wrong = fc.constantFrom(...names).chain((each) => fc.tuple(fc.constant(each), fc.oneof({ weight: 1, arbitrary: nastyText }, { weight: 2, arbitrary: hostile.get(each) ?? nastyText })));
  const changes = fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 3, arbitrary: fc.array(wrong, { minLength: 1, maxLength: 2 }) });
  const isRange = 'from' in values && 'to' in values;
  return fc.record({ right, changes, range: isRange ? seldom(undefined, ranges, 5) : fc.constant(undefined), twice: seldom(false, fc.constant(true)) }).map((made) => {
    const merged = { ...made.right, ...(made.range && { from: made.range[0], to: made.range[1] }), ...(made.twice ? {} : Object.fromEntries(made.changes)) };
    return [...Object.entries(merged), ...(made.twice ? made.changes : [])].map(([each, value]) => [each, String(value).toWellFormed().slice(0, 600)]);
  });
}

/** Values of headers that HTTP can carry at all. */
const headerText = nastyText.map((value) => value.replace(/[^\x20-\x7e\xa1-\xff]/g, '').trim().slice(0, 2_000));
const rightHeaders: Record<string, fc.Arbitrary<string>> = { 'Idempotency-Key': fc.uuid(), Range: fc.constantFrom('bytes=0-0', 'bytes=-1', 'bytes=9-1', 'bytes=99-', 'bytes=0-0,2-3', 'bytes=0-99999999999999999999', 'x=1'), 'If-None-Match': fc.constantFrom('*', 'W/"x"') };

function headersOf({ parameters = [] }: NamedOperation): fc.Arbitrary<Record<string, string>> {
  const known = parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name);
  const names = [...known, 'x-request-id', 'traceparent', 'tracestate', 'baggage', 'accept', 'x-forwarded-for'];
  const values = names.map((name) => [name, fc.oneof(rightHeaders[name] ?? headerText, headerText)] as const);
  const right = fc.record(Object.fromEntries(known.map((name) => [name, rightHeaders[name] ?? fc.constant('x')])), { requiredKeys: [], noNullPrototype: true });
  return fc.oneof({ weight: 5, arbitrary: right }, { weight: 1, arbitrary: fc.record(Object.fromEntries(values), { requiredKeys: [], noNullPrototype: true }) }) as fc.Arbitrary<Record<string, string>>;
}

function casesOf(operation: NamedOperation, document: ApiDocument, workspace: string): fc.Arbitrary<ApiCase> {
  const strange = fc.oneof({ weight: 3, arbitrary: nastyText.map(encoded) }, { weight: 1, arbitrary: rawPart });
  const wid = fc.oneof({ weight: 20, arbitrary: fc.constant(workspace) }, { weight: 1, arbitrary: strange });
  const id = fc.oneof({ weight: 3, arbitrary: fc.constant(REAL_ID) }, { weight: 1, arbitrary: strange });
  return fc.record({ wid, id, query: queries(operation, workspace), body: bodies(operation, document, workspace), headers: headersOf(operation) }).map((made) => {
    const filled = operation.route.replace('{wid}', () => made.wid).replace(/\{\w+\}/g, () => made.id);
    const parameters = made.query[0]?.[0] === REAL_LINK ? REAL_LINK : new URLSearchParams(made.query).toString();
    return { operation: operation.name, path: `${filled}${parameters && `?${parameters}`}`, headers: made.headers, ...made.body };
  });
}

/** Requests that are wrong in every way that the document lets one think of, and some that are right, over all its operations. */
export function apiCases(document: ApiDocument, workspace: string): fc.Arbitrary<ApiCase> {
  // Probes take nothing; what takes a body can be wrong in more ways.
  const weight = (operation: NamedOperation): number => (isProbe(operation) ? 1 : operation.requestBody ? 12 : 4);
  return fc.oneof(...operationsOf(document).map((operation) => ({ weight: weight(operation), arbitrary: casesOf(operation, document, workspace) })));
}
