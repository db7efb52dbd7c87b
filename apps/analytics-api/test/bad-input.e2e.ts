import { eventSchema } from '@shadower/domain';
import fc from 'fast-check';
import type { OpenAPIObject } from '@nestjs/swagger';
import { openApiOf } from '../src/http/open-api';
import { TestApi } from './test-api';

/** How many requests; more on demand: `BAD_INPUT_RUNS=100000`. */
const RUNS = Number(process.env.BAD_INPUT_RUNS ?? 600);

const nasty = fc.oneof(
  fc.constantFrom('', '0', '-1', '1e400', 'NaN', 'null', '\u0000', '\ud800', '‮abc', '😀', "'; DROP TABLE events; --", '../../etc/passwd', '=1+1', 'a\r\nb: c', '\u001b[31m', '9007199254740993', 'true', '[]', '{}', 'x'.repeat(5_000)),
  fc.constantFrom('0000-01-01', '9999-12-31T23:59:59Z', '2016-12-31T23:59:60Z', '2026-02-30', '2026-01-01T00:00:00+14:00', '2026-01-01T00:00:00.123456789Z', '2026-01-01'),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
const json: fc.Arbitrary<unknown> = fc.oneof(
  nasty,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(null, 0, -0, 2 ** 53, 1e308, true, [], {}, [[]], { __proto__: null }, JSON.parse('{"__proto__":{"id":1},"constructor":2}')),
);
/** A right event with one or two fields turned into something else. */
const event = fc
  .tuple(fc.dictionary(fc.constantFrom(...Object.keys(eventSchema.shape), 'extra', '__proto__'), json, { maxKeys: 2 }), fc.boolean(), json)
  .map(([changes, nested, inner]) => ({ id: 'a', type: 'user.active', time: new Date().toISOString(), ...changes, ...(nested ? { data: { credits: inner, tokens: { context: inner }, [(JSON.stringify(inner) ?? '').slice(0, 9)]: inner } } : {}) }));
const lone = (text: string): string => text.toWellFormed();

describe('bad input', () => {
  let api: TestApi;
  let token: string;
  let document: OpenAPIObject;
  beforeAll(async () => {
    api = await TestApi.start();
    token = await api.token({ acme: 'owner' }, { operator: true });
    document = openApiOf(api.app);
  });
  afterAll(() => api?.stop());

  it('never makes a 5xx, a slow answer, or one that the document does not describe', async () => {
    const operations = Object.entries(document.paths)
      .filter(([path]) => path.startsWith('/api/v1/') && !path.endsWith('/metrics') ? true : path.includes('{wid}/metrics'))
      .flatMap(([path, methods]) => Object.entries(methods as Record<string, { parameters?: { name: string; in: string; schema?: { enum?: string[] } }[]; requestBody?: object }>).map(([method, { parameters = [], requestBody }]) => ({ path, method, parameters, requestBody })));
    expect(operations.length).toBeGreaterThan(10);
    const request = fc.constantFrom(...operations).chain((operation) => {
      const known = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name, schema }) => [name, fc.oneof(nasty, fc.constantFrom(...(schema?.enum ?? ['2026-11-01'])))] as const);
      const body = operation.requestBody ? fc.oneof(json, fc.record({ events: fc.array(event, { maxLength: 3 }) }), fc.record({ period: json, limit: json, thresholds: json }), fc.record({ workspace_id: json })) : fc.constant(undefined);
      return fc.record({
        operation: fc.constant(operation),
        query: fc.record(Object.fromEntries(known), { requiredKeys: [] }),
        parameter: nasty,
        body,
        cut: fc.option(fc.nat(200), { freq: 6 }),
      });
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ operation, query, parameter, body, cut }) => {
        const filled = operation.path.replace('{wid}', 'acme').replace(/\{\w+\}/g, encodeURIComponent(lone(parameter)).slice(0, 900) || 'x');
        if (filled.includes('/../') || /\/\.\.?$/.test(filled)) return;
        const parameters = new URLSearchParams(Object.entries(query as Record<string, string>).map(([name, value]) => [name, lone(value).slice(0, 600)])).toString();
        const text = body === undefined ? undefined : JSON.stringify(body) ?? 'null';
        const started = performance.now();
        const answer = await api.call(operation.method.toUpperCase(), `${filled}?${parameters}`, { token, body: cut === null ? text : text?.slice(0, cut) });
        expect(answer.status).toBeLessThan(500);
        expect(performance.now() - started).toBeLessThan(5_000);
        expect(answer.headers.get('x-request-id')).toBeTruthy();
        if (answer.status >= 400 && answer.status !== 422) expect(answer.body).toMatchObject({ code: expect.any(String), status: answer.status });
        expect(JSON.stringify(answer.body)).not.toMatch(/SELECT |INSERT |node_modules|at \w+ \(/);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    expect((await api.call('GET', '/api/v1/workspaces/acme/overview', { token })).status).toBe(200);
  }, 600_000);

  it.each(['alg none', 'two megabytes', 'header garbage', 'CR LF'])('refuses a token with %s', async (kind) => {
    const tokens: Record<string, string> = { 'alg none': `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`, 'two megabytes': 'x'.repeat(12_000), 'header garbage': 'a.b.c', 'CR LF': 'a%0d%0ab' };
    expect((await api.call('GET', '/api/v1/workspaces/acme/overview', { token: tokens[kind] })).status).toBe(401);
  });
});
