import type { OpenAPIObject } from '@nestjs/swagger';

type Header = Extract<NonNullable<NonNullable<OpenAPIObject['components']>['headers']>[string], { schema?: unknown }>;
const text = (description: string, more: Partial<Header> = {}): Header => ({ description, schema: { type: 'string', minLength: 1 }, ...more });
const like = (pattern: string, description: string, more: Partial<Header> = {}): Header => text(description, { schema: { type: 'string', pattern }, ...more });
const ALWAYS = { required: true };

const BUCKETS = 'an item for each bucket that the request drew from: `caller` and, where the path names a workspace, `workspace`';
/** The headers that answers carry beside those of any HTTP answer. */
const HEADERS: Record<string, Header> = {
  'X-Request-Id': text('names the request in logs; the one that was sent, if that was well-formed', ALWAYS),
  'X-Trace-Id': like('^[0-9a-f]{32}$', 'W3C trace id: look it up in the tracing backend'),
  'RateLimit-Policy': like('^"(caller|workspace)";q=\\d+;w=\\d+(, "workspace";q=\\d+;w=\\d+)?$', `${BUCKETS}; \`q\`: how much there is at once, \`w\`: seconds until all of it is back. Not there when a request is refused before it is counted`, {
    example: '"caller";q=60000;w=6, "workspace";q=60000;w=6',
  }),
  RateLimit: like('^"(caller|workspace)";r=\\d+;t=\\d+(, "workspace";r=\\d+;t=\\d+)?$', `${BUCKETS}; \`r\`: how much is left, \`t\`: seconds until all of it is back. Not there when a request is refused before it is counted`, {
    example: '"caller";r=59400;t=1, "workspace";r=59400;t=1',
  }),
  'Retry-After': { description: 'seconds; `retry_after_ms` of the body says the same more exactly', schema: { type: 'integer', minimum: 1 }, ...ALWAYS },
  'WWW-Authenticate': text('`Bearer`', ALWAYS),
  ETag: text('send it as `If-None-Match` with the same request: 304 when the figures are unchanged (`meta` aside)', ALWAYS),
  'Cache-Control': text('private to the caller, revalidated on each use', ALWAYS),
  Location: like('^/api/v1/', 'path of this API that shows the progress', ALWAYS),
  'Idempotency-Replayed': { description: 'the request was received before with the same `Idempotency-Key`; this is the original response', schema: { type: 'string', enum: ['true'] } },
  'Accept-Ranges': text('`bytes`', ALWAYS),
  'Content-Range': like('^bytes (\\d+-\\d+|\\*)/\\d+$', 'the range and the size of the file; `*` when the range is not satisfiable', ALWAYS),
  'Content-Disposition': like('^attachment; filename=', 'a name for the file', ALWAYS),
  'X-Content-Type-Options': text('`nosniff`', ALWAYS),
};
const REF = Object.fromEntries(Object.keys(HEADERS).map((name) => [name, { $ref: `#/components/headers/${name}` }]));

interface Operation {
  security?: unknown[];
  parameters?: { name?: string }[];
  responses: Record<string, { headers?: object }>;
}

/** Which headers an answer has, by what the operation takes and by the status. */
function headersOf(operation: Operation, status: number): string[] {
  const takes = (parameter: string): boolean => operation.parameters?.some(({ name }) => name === parameter) ?? false;
  const done = status < 400;
  const rules: [boolean, string[]][] = [
    [true, ['X-Request-Id', 'X-Trace-Id']],
    [(operation.security !== undefined && status !== 401) || takes('Range'), ['RateLimit-Policy', 'RateLimit']],
    [status === 401, ['WWW-Authenticate']],
    [status === 429 || status === 503, ['Retry-After']],
    [status === 202, ['Location']],
    [takes('If-None-Match') && done, ['ETag', 'Cache-Control']],
    [takes('Idempotency-Key') && (done || status === 422), ['Idempotency-Replayed']],
    [takes('Range') && (done || status === 416), ['Accept-Ranges', 'ETag', 'Cache-Control', 'Content-Disposition', 'X-Content-Type-Options']],
    [status === 206 || status === 416, ['Content-Range']],
  ];
  return rules.flatMap(([applies, names]) => (applies ? names : []));
}

/** The document with the headers of every answer in it. */
export function withResponseHeaders(document: OpenAPIObject): OpenAPIObject {
  for (const operations of Object.values(document.paths)) {
    for (const operation of Object.values(operations) as Operation[]) {
      for (const [status, response] of Object.entries(operation.responses)) response.headers = Object.fromEntries(headersOf(operation, Number(status)).map((name) => [name, REF[name]]));
    }
  }
  return { ...document, components: { ...document.components, headers: HEADERS } };
}
