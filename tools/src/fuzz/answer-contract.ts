import { z } from 'zod';
import { operationsOf, type ApiDocument, type NamedOperation, type Response } from './api-document';
import type { Schema } from './right-value';

/** An answer as it came. */
export interface Answered {
  status: number;
  headers: Headers;
  text: string;
  /** The text as JSON; undefined when it says that it is none. */
  body: unknown;
}

/** Compares answers of the built API with its OpenAPI document: status, headers that are always there, media type and body. */
export class AnswerContract {
  readonly operations: ReadonlyMap<string, NamedOperation>;
  private readonly checks = new Map<Schema, z.ZodType>();

  constructor(readonly document: ApiDocument) {
    this.operations = new Map(operationsOf(document).map((operation) => [operation.name, operation]));
  }

  /** What is wrong; undefined: nothing. */
  complaint(operation: string, { status, headers, text, body }: Answered): string | undefined {
    const response = this.operations.get(operation)?.responses[status];
    // A path that no route takes is not of the document.
    if (!response) return status === 404 || status === 405 ? undefined : `answered ${status}, which the document does not name`;
    const missing = this.alwaysSent(response).find((name) => !headers.has(name));
    if (missing) return `answered ${status} without ${missing}`;
    if (!response.content) return undefined;
    const mediaType = headers.get('content-type')?.split(';')[0] ?? '';
    const described = response.content[mediaType];
    if (!described) return `answered ${status} as ${mediaType}, which the document does not name`;
    if (body === undefined || !described.schema) return undefined;
    const { error } = this.check(described.schema).safeParse(body);
    return error && `answered ${status} with what its schema does not have (${z.prettifyError(error)}): ${text.slice(0, 300)}`;
  }

  private alwaysSent({ headers = {} }: Response): string[] {
    return Object.entries(headers).filter(([, { $ref }]) => this.document.components?.headers?.[$ref.split('/').pop() as string]?.required).map(([name]) => name);
  }

  private check(schema: Schema): z.ZodType {
    const known = this.checks.get(schema) ?? z.fromJSONSchema(this.inlined(schema) as Parameters<typeof z.fromJSONSchema>[0]);
    this.checks.set(schema, known);
    return known;
  }

  /** Without references, which no schema of an answer makes in a circle. */
  private inlined(schema: Schema): unknown {
    return JSON.parse(JSON.stringify(schema), (_name, value: unknown) => {
      const reference = (value as Schema | null)?.$ref;
      return reference === undefined ? value : this.inlined(this.document.components?.schemas?.[reference.split('/').pop() as string] ?? {});
    });
  }
}
