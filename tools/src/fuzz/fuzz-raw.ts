import fc from 'fast-check';
import { answersIn, say, type RawAnswer } from '../testing/raw-connection';
import { isKnownCode, leakIn } from './findings';

const PATH = '/api/v1/workspaces/fuzz';
const BODY = '{"events":[{"id":"raw","type":"user.active","time":"2026-01-01T00:00:00Z"}]}';

/** Targets that no client library sends as they are. */
const target = fc.constantFrom(
  ...[`${PATH}/overview`, `${PATH}/events`, `${PATH}/../fuzz/overview`, `${PATH}/./overview`, '/../../../../etc/passwd', '/docs/../../package.json', '/docs/..%2f..%2fpackage.json', '/docs/%2e%2e/%2e%2e/package.json', '/admin/queues/../../etc/passwd', '/admin/queues/static/../../../package.json'],
  ...['//', '///etc/passwd', '/\\..\\..', '*', 'http://evil.example/live', 'https://evil.example:1/', 'x', '', '/a b', '/?', '/#x', '/live?a=\u0001', '/\u00ff', `/${'x'.repeat(900)}`, `/live?${'x'.repeat(20_000)}`],
);
const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'PATCH', 'get', 'PRI', 'X', '', 'GET\u0000');
const version = fc.oneof({ weight: 6, arbitrary: fc.constant('HTTP/1.1') }, { weight: 1, arbitrary: fc.constantFrom('HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', 'HTTP/1', 'ICY', '') });

/** Lengths that are not those of the body, and ways to say two things of it. */
const framing = fc.constantFrom(
  ...[[`Content-Length: ${BODY.length}`], [`Content-Length: ${BODY.length - 5}`], [`Content-Length: ${BODY.length + 5}`], [`Content-Length: -1`], ['Content-Length: 1e3'], ['Content-Length: 99999999999999999999'], ['Content-Length: 0'], []],
  ...[[`Content-Length: ${BODY.length}`, 'Content-Length: 1'], [`Content-Length: ${BODY.length}`, 'Transfer-Encoding: chunked'], ['Transfer-Encoding: chunked'], ['Transfer-Encoding: gzip, chunked'], ['Transfer-Encoding: xchunked'], ['Expect: 100-continue', `Content-Length: ${BODY.length}`]],
  ['Expect: something-else'],
);
const header = fc.constantFrom('Host: 127.0.0.1', 'Host: evil.example', 'Host: a\r\nHost: b', 'Host', ': x', 'X Y: z', 'X: \u0000', 'X: \u001b[31m', 'X: a\r\n folded', `X: ${'x'.repeat(20_000)}`, 'Connection: upgrade\r\nUpgrade: h2c', 'Connection: close, x-request-id', 'X-Request-Id: a\u001bb', 'Content-Type: application/json\r\nContent-Type: text/plain', 'Cookie: a=b', 'Range: bytes=0-1');
const ending = fc.oneof({ weight: 6, arbitrary: fc.constant('\r\n') }, { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\r\r\n') });

const requests = (token: string): fc.Arbitrary<string> =>
  fc.record({ method, target, version, framing, headers: fc.array(header, { maxLength: 2 }), ending }).map((made) => {
    const head = [`${made.method} ${made.target} ${made.version}`, 'Host: 127.0.0.1', `Authorization: Bearer ${token}`, 'Content-Type: application/json', ...made.framing, ...made.headers];
    return `${head.join(made.ending)}${made.ending.repeat(2)}${BODY}`;
  });

/** Failures are problem+json with a stable code and the id of the request. */
function complaintAbout({ status, headers, body }: RawAnswer, isHead: boolean): string | undefined {
  if (!(status < 500)) return `answered ${status}`;
  if (status < 400 || isHead) return undefined;
  if (!headers.includes('content-type: application/problem+json')) return `answered ${status} without a problem`;
  if (!headers.includes('x-request-id: ')) return `answered ${status} without x-request-id`;
  const problem = JSON.parse(/\{.*\}/s.exec(body)?.[0] ?? '{}') as { code?: unknown; status?: unknown };
  return isKnownCode(problem.code) && problem.status === status ? undefined : `answered ${status} with ${body.slice(0, 200)}`;
}

/** Texts that are perhaps no HTTP, each on a connection of its own. Throws fast-check's report when one is not answered with a problem, or its connection is not closed. */
export async function fuzzRaw({ url, token, secrets }: { url: string; token: string; secrets: Set<string> }, { runs, seed, patienceMs }: { runs: number; seed: number; patienceMs: number }): Promise<void> {
  const property = fc.asyncProperty(requests(token), async (text) => {
    const heard = await say(url, Buffer.from(text, 'latin1'), { patienceMs });
    const complaint = answersIn(heard).map((answer) => complaintAbout(answer, text.startsWith('HEAD'))).find(Boolean);
    if (complaint) throw new Error(`${complaint}: ${heard.slice(0, 500)}`);
    const leak = leakIn(heard, text, secrets);
    if (leak) throw new Error(`shows ${JSON.stringify(leak)}`);
  });
  await fc.assert(property, { numRuns: runs, seed });
}
