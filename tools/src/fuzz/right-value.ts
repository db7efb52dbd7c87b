import fc from 'fast-check';

/** The part of a JSON Schema that values are made from. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
}

/** What the schemas alone do not say of a right value: by the name of the field. */
export type Known = Record<string, (schema: Schema) => fc.Arbitrary<unknown>>;

export interface SchemaContext {
  /** Those that `$ref` names, by the last part of it. */
  schemas?: Record<string, Schema>;
  known?: Known;
}

const simple: Record<string, (schema: Schema) => fc.Arbitrary<unknown>> = {
  integer: ({ minimum = 0, maximum = 1_000 }) => fc.integer({ min: Math.max(minimum, -1_000), max: Math.min(maximum, 1_000) }),
  number: ({ minimum = 0 }) => fc.constant(minimum),
  boolean: () => fc.boolean(),
  object: () => fc.constant({}),
  null: () => fc.constant(null),
  string: text,
};

function text({ format, pattern }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid({ version: 4 });
  if (format === 'date-time') return fc.constant(0).map(() => new Date().toISOString());
  if (format === 'date') return fc.constant(0).map(() => new Date().toISOString().slice(0, 10));
  return pattern === undefined ? fc.stringMatching(/^[a-z][a-z0-9-]{3,9}$/) : fc.stringMatching(new RegExp(pattern));
}

/** Right values of a schema: each of its alternatives, with and without what may be left out. */
export function rightValue(schema: Schema, context: SchemaContext = {}, name = ''): fc.Arbitrary<unknown> {
  const { schemas = {}, known = {} } = context;
  if (Object.hasOwn(known, name)) return (known[name] as Known[string])(schema);
  if (schema.$ref !== undefined) return rightValue(schemas[schema.$ref.split('/').pop() as string] ?? {}, context, name);
  const others = schema.anyOf ?? schema.oneOf;
  if (others) return fc.oneof(...others.map((other) => rightValue(other, context, name)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  return schema.enum ? fc.constantFrom(...schema.enum) : ofType(schema, context);
}

function ofType(schema: Schema, context: SchemaContext): fc.Arbitrary<unknown> {
  if (schema.properties) return record(schema, context);
  if (schema.items) return fc.array(rightValue(schema.items, context), { minLength: 1, maxLength: Math.min(3, schema.maxItems ?? 3) });
  const [type = 'string'] = [schema.type].flat();
  return (simple[type] ?? (() => fc.constant(null)))(schema);
}

/** Mostly with all that may be there: what is not cannot be spoilt. */
function record({ properties = {}, required = [] }: Schema, context: SchemaContext): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries(properties).map(([field, inner]) => [field, rightValue(inner, context, field)]));
  const some = fc.record(fields, { requiredKeys: required.filter((field) => field in fields), noNullPrototype: true });
  return fc.oneof({ weight: 3, arbitrary: fc.record(fields, { noNullPrototype: true }) }, { weight: 1, arbitrary: some });
}
