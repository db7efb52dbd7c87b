import type { OpenAPIObject } from '@nestjs/swagger';
import { Ajv2020 } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

type Reference = { $ref: string };
type Header = { required?: boolean; schema: { type: string } };
type Response = { content?: Record<string, { schema?: object }>; headers?: Record<string, Reference> };
type Operation = { responses: Record<string, Response> };

/** What any HTTP answer may have; all else must be described. */
const TRANSPORT = ['connection', 'content-length', 'content-type', 'date', 'keep-alive', 'transfer-encoding'];

interface Answered {
  status: number;
  headers: Headers;
  body: unknown;
}

/** Compares real answers with the OpenAPI document: path, method, status, headers, media type and body must be described there. */
export class Contract {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly headers: Record<string, Header>;
  private readonly paths: { pattern: RegExp; operations: Record<string, Operation> }[];

  constructor(document: OpenAPIObject) {
    addFormats(this.ajv);
    this.ajv.addSchema({ $id: 'api:', components: document.components });
    this.headers = document.components?.headers as Record<string, Header>;
    this.paths = Object.entries(document.paths).map(([path, operations]) => ({ pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`), operations: operations as Record<string, Operation> }));
  }

  /** What is wrong with an answer; undefined when nothing is, or when the route is none of the document's. */
  complaint(method: string, path: string, { status, headers, body }: Answered): string | undefined {
    const operation = this.paths.find(({ pattern }) => pattern.test(path))?.operations[method.toLowerCase()];
    if (!operation) return undefined;
    const response = operation.responses[status];
    if (!response) return `${method} ${path} answered ${status}, which its description does not have`;
    const wrong = this.wrongHeader(response, headers);
    if (wrong) return `${method} ${path} answered ${status} with the header ${wrong}`;
    if (!response.content) return undefined; // probes and metrics are described by status only
    const mediaType = headers.get('content-type')?.split(';')[0] ?? '';
    const schema = response.content[mediaType]?.schema;
    if (!schema) return `${method} ${path} answered ${status} as ${mediaType}, which its description does not have`;
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api:#/')) as object;
    if (!mediaType.includes('json') || this.ajv.validate(absolute, body)) return undefined;
    return `${method} ${path} answered ${status} with ${this.ajv.errorsText()}: ${JSON.stringify(body).slice(0, 500)}`;
  }

  private wrongHeader({ headers: described = {} }: Response, headers: Headers): string | undefined {
    const known = Object.entries(described).map(([name, { $ref }]) => ({ name, header: this.headers[$ref.split('/').at(-1) ?? ''] as Header }));
    const unknown = [...headers.keys()].find((name) => !TRANSPORT.includes(name) && !known.some((each) => each.name.toLowerCase() === name));
    if (unknown) return `${unknown}, which its description does not have`;
    for (const { name, header } of known) {
      const value = headers.get(name);
      const read = header.schema.type === 'integer' ? Number(value) : value;
      if (value === null ? header.required : !this.ajv.validate(header.schema, read)) return `${name}: ${value ?? 'missing'}`;
    }
    return undefined;
  }
}
