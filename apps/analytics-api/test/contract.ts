import type { OpenAPIObject } from '@nestjs/swagger';
import { Ajv2020 } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

type Operation = { responses: Record<string, { content?: Record<string, { schema?: object }> }> };

/** Compares real answers with the OpenAPI document: path, method, status, media type and body must be described there. */
export class Contract {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly paths: { pattern: RegExp; operations: Record<string, Operation> }[];

  constructor(document: OpenAPIObject) {
    addFormats(this.ajv);
    this.ajv.addSchema({ $id: 'api:', components: document.components });
    this.paths = Object.entries(document.paths).map(([path, operations]) => ({ pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`), operations: operations as Record<string, Operation> }));
  }

  /** What is wrong with an answer; undefined when nothing is, or when the route is none of the document's. */
  complaint(method: string, path: string, status: number, mediaType: string, body: unknown): string | undefined {
    const operation = this.paths.find(({ pattern }) => pattern.test(path))?.operations[method.toLowerCase()];
    if (!operation) return undefined;
    const response = operation.responses[status];
    if (!response) return `${method} ${path} answered ${status}, which its description does not have`;
    if (!response.content) return undefined; // probes and metrics are described by status only
    const schema = response.content[mediaType]?.schema;
    if (!schema) return `${method} ${path} answered ${status} as ${mediaType}, which its description does not have`;
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api:#/')) as object;
    if (!mediaType.includes('json') || this.ajv.validate(absolute, body)) return undefined;
    return `${method} ${path} answered ${status} with ${this.ajv.errorsText()}: ${JSON.stringify(body).slice(0, 500)}`;
  }
}
