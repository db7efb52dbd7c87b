import { STATUS_CODES } from 'node:http';
import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { problemSchema } from './problem';

type JsonSchema = Record<string, unknown>;
/** Named schemas of the OpenAPI document: what callers may send (defaults left out), and what they get. */
const requests = z.registry<{ id: string }>();
const answers = z.registry<{ id: string }>();
const uri = (id: string): string => `#/components/schemas/${id}`;

/** Gives an answer's schema, or a part that several share, a name in the document. */
export function named<T extends z.ZodType>(id: string, schema: T): T {
  answers.add(schema, { id });
  return schema;
}

/** Documents the parameters of a query, one by one. */
export function ApiParameters(schema: z.ZodObject): MethodDecorator & ClassDecorator {
  const { properties, required = [] } = z.toJSONSchema(schema, { io: 'input' }) as { properties: Record<string, JsonSchema & { description?: string }>; required?: string[] };
  return applyDecorators(...Object.entries(properties).map(([name, { description, ...own }]) => ApiQuery({ name, description, required: required.includes(name), schema: own })));
}

/** What any route with a body may answer: it is not JSON, too large, or of another kind. */
const UNREADABLE = [400, 413, 415];

/** Documents a body. */
export function ApiRequest(id: string, schema: z.ZodType): MethodDecorator {
  requests.add(schema, { id });
  return applyDecorators(ApiBody({ schema: { $ref: uri(id) } }), ApiProblems(...UNREADABLE));
}

/** Documents an answer whose schema is `named`. */
export function ApiAnswer(status: number, schema: z.ZodType, description = ''): MethodDecorator & ClassDecorator {
  const id = answers.get(schema)?.id;
  if (!id) throw new TypeError('the schema of an answer needs a name');
  return ApiResponse({ status, description, content: { 'application/json': { schema: { $ref: uri(id) } } } });
}

const PROBLEM = 'Problem';
answers.add(problemSchema, { id: PROBLEM });

/** What any guarded route may answer: its caller, or everybody, asks too much. */
const BUSY = [429, 503];

/** Documents the problem+json answers of a route. */
export const ApiProblems = (...statuses: number[]): MethodDecorator & ClassDecorator =>
  applyDecorators(
    ...[...new Set([...statuses, ...(statuses.includes(401) ? BUSY : [])])].map((status) =>
      ApiResponse({ status, description: STATUS_CODES[status] ?? '', content: { 'application/problem+json': { schema: { $ref: uri(PROBLEM) } } } }),
    ),
  );

/** `components.schemas` of the document. */
export const componentSchemas = (): Record<string, JsonSchema> => ({
  ...withoutIds(z.toJSONSchema(requests, { uri, io: 'input' }).schemas),
  ...withoutIds(z.toJSONSchema(answers, { uri, io: 'output' }).schemas),
});

/** The place in the document is the identity. */
const withoutIds = (schemas: Record<string, JsonSchema>): Record<string, JsonSchema> =>
  Object.fromEntries(Object.entries(schemas).map(([name, { $id: _id, $schema: _schema, id: _own, ...schema }]) => [name, schema]));
