import fc from 'fast-check';
import { nastyJson, nastyText, spoilt } from './nasty';

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  format?: string;
  default?: unknown;
  minimum?: number;
}
interface Operation {
  parameters?: { name: string; in: string; schema?: Schema }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses: Record<string, unknown>;
}
/** The part of an OpenAPI document that the cases come from. */
export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

export interface ApiCase {
  method: string;
  /** As the document names it. */
  route: string;
  path: string;
  body?: string;
  contentType?: string;
  headers: Record<string, string>;
  /** Statuses that the document gives the route. */
  documented: string[];
}

const simple: Record<string, (schema: Schema) => unknown> = {
  integer: ({ minimum }) => minimum ?? 1,
  number: ({ minimum }) => minimum ?? 1,
  boolean: () => true,
  object: () => ({}),
  string: ({ format }) => (format === 'date-time' ? new Date().toISOString() : format === 'date' ? new Date().toISOString().slice(0, 10) : '1'),
};

const HOUR_MS = 3_600_000;
const later = (ms: number): string => new Date(Date.now() + ms).toISOString();
/** What a schema alone does not say of a right value. */
const KNOWN: Record<string, () => string> = {
  traceparent: () => `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
  expires_at: () => later(HOUR_MS),
  from: () => later(-HOUR_MS),
  to: () => later(0),
};

/** The schema that this one stands for, or the first of those that it allows. */
function elsewhere({ $ref, anyOf, oneOf }: Schema, document: ApiDocument): Schema | undefined {
  return $ref === undefined ? (anyOf ?? oneOf)?.[0] : document.components?.schemas?.[$ref.split('/').pop() as string];
}

/** A plain right value of a schema, so that one wrong field is not hidden behind another. */
function rightValue(schema: Schema | undefined, document: ApiDocument, depth = 0): unknown {
  if (!schema || depth > 6) return 'x';
  const other = elsewhere(schema, document);
  if (other) return rightValue(other, document, depth + 1);
  const given = schema.const ?? schema.default ?? schema.enum?.[0];
  if (given !== undefined) return given;
  if (schema.properties) return Object.fromEntries(Object.entries(schema.properties).map(([name, inner]) => [name, KNOWN[name]?.() ?? rightValue(inner, document, depth + 1)]));
  if (schema.items) return [rightValue(schema.items, document, depth + 1)];
  const [type = 'string'] = [schema.type].flat();
  return (simple[type] ?? (() => null))(schema);
}

function rightBody(operation: Operation, document: ApiDocument, workspace: string): Record<string, unknown> | undefined {
  const [json] = Object.values(operation.requestBody?.content ?? {});
  const right = json && (rightValue(json.schema, document) as Record<string, unknown>);
  return right && 'workspace_id' in right ? { ...right, workspace_id: workspace } : right;
}

/** Every operation that takes a body, with a right one: were it wrong already, what is spoilt in it would hide behind that. */
export function rightRequests(document: ApiDocument, workspace: string): { method: string; path: string; body: unknown }[] {
  const all = Object.entries(document.paths).flatMap(([route, methods]) => Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path: route.replace('{wid}', workspace), body: rightBody(operation, document, workspace) })));
  return all.filter(({ body }) => body !== undefined);
}

/** What spoils a request as a whole comes seldom, or it would hide what is wrong in the rest. */
const seldom = <T, N>(usually: N, otherwise: fc.Arbitrary<T>): fc.Arbitrary<T | N> => fc.oneof({ weight: 7, arbitrary: fc.constant(usually) }, { weight: 1, arbitrary: otherwise });

/** Bodies: right but for some fields (at the top, or in one of its items), any JSON at all, or cut off. */
function bodies(operation: Operation, document: ApiDocument, workspace: string): fc.Arbitrary<Pick<ApiCase, 'body' | 'contentType'>> {
  const content = operation.requestBody?.content;
  const right = rightBody(operation, document, workspace);
  if (!content || !right) return fc.constant({});
  const inner = Object.entries(right).find(([, value]) => Array.isArray(value) && typeof value[0] === 'object') as [string, Record<string, unknown>[]] | undefined;
  const items = inner && fc.array(spoilt({ ...(inner[1][0] as object), data: { credits: '1', tokens: { context: 1 } } }), { maxLength: 3 }).map((list) => ({ ...right, [inner[0]]: list }));
  const value = fc.oneof(spoilt(right), nastyJson, ...(items ? [items, items] : []));
  const contentType = fc.oneof({ weight: 12, arbitrary: fc.constant('application/json') }, { weight: 1, arbitrary: fc.constantFrom(...Object.keys(content), 'application/json; charset=utf-16', 'text/plain', 'application/xml', 'multipart/form-data') });
  return fc.record({ value, contentType, cut: seldom(null, fc.nat(200)) }).map(({ value: made, contentType: type, cut }) => {
    const text = JSON.stringify(made) ?? 'null';
    return { body: cut === null ? text : text.slice(0, cut), contentType: type };
  });
}

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed()).slice(0, 900).replace(/%[0-9A-F]?$/i, '') || 'x';

function queries(operation: Operation): fc.Arbitrary<Record<string, string>> {
  const known = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  const values = known.map(({ name, schema }) => [name, fc.oneof(nastyText, fc.constantFrom(...((schema?.enum as string[] | undefined) ?? ['2026-11-01', '5'])))] as const);
  const unknown = seldom({}, fc.record({ unknown: nastyText }));
  return fc.tuple(fc.record(Object.fromEntries(values), { requiredKeys: [] }), unknown).map((parts) => Object.assign({}, ...parts) as Record<string, string>);
}

/** Values of headers that HTTP can carry at all. */
const headerText = nastyText.map((text) => text.replace(/[^\x20-\x7e\xa1-\xff]/g, '').trim().slice(0, 2_000));

function headersOf(operation: Operation): fc.Arbitrary<Record<string, string>> {
  const known = (operation.parameters ?? []).filter((parameter) => parameter.in === 'header').map(({ name }) => name);
  const values = [...known, 'x-request-id', 'traceparent', 'baggage', 'accept'].map((name) => [name, headerText] as const);
  return seldom({}, fc.record(Object.fromEntries(values), { requiredKeys: [] }) as fc.Arbitrary<Record<string, string>>);
}

function casesOf(route: string, method: string, operation: Operation, document: ApiDocument, workspace: string): fc.Arbitrary<ApiCase> {
  const wid = fc.oneof({ weight: 8, arbitrary: fc.constant(workspace) }, { weight: 1, arbitrary: nastyText });
  return fc.record({ wid, parameter: nastyText, query: queries(operation), body: bodies(operation, document, workspace), headers: headersOf(operation) }).map(({ wid: named, parameter, query, body, headers }) => {
    const filled = route.replace('{wid}', encoded(named)).replace(/\{\w+\}/g, encoded(parameter));
    const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, value.toWellFormed().slice(0, 600)])).toString();
    return { method: method.toUpperCase(), route, path: `${filled}${parameters && `?${parameters}`}`, headers, documented: Object.keys(operation.responses), ...body };
  });
}

/** Requests that are wrong in every way that the document lets one think of, over all its operations. */
export function apiCases(document: ApiDocument, workspace: string): fc.Arbitrary<ApiCase> {
  const operations = Object.entries(document.paths).flatMap(([route, methods]) => Object.entries(methods).map(([method, operation]) => casesOf(route, method, operation, document, workspace)));
  return fc.oneof(...operations);
}
