import type { Schema } from './right-value';

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema?: Schema;
}
export interface Response {
  content?: Record<string, { schema?: Schema }>;
  headers?: Record<string, { $ref: string }>;
}
interface Operation {
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses: Record<string, Response>;
}
/** The part of an OpenAPI document that the cases come from, and that the answers are compared with. */
export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema>; headers?: Record<string, { required?: boolean }> };
}

/** One operation with the names that it has in reports: `GET /api/v1/...`. */
export interface NamedOperation extends Operation {
  name: string;
  method: string;
  route: string;
}

export const operationsOf = (document: ApiDocument): NamedOperation[] =>
  Object.entries(document.paths).flatMap(([route, methods]) => Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), route, name: `${method.toUpperCase()} ${route}` })));

/** Health and metrics: they come every few seconds for ever, and are nobody's request. */
export const isProbe = ({ route }: NamedOperation): boolean => !route.startsWith('/api/v1/') || route === '/api/v1/metrics';
