import fc from 'fast-check';
import { apiCases, type ApiCase, type ApiDocument } from './api-cases';
import { leakIn } from './findings';

const HANG_MS = 5_000;

export interface FuzzTarget {
  url: string;
  token: string;
  workspace: string;
}

/** What is wrong with the answer to a bad request; undefined: nothing. */
export async function complaintAbout({ method, path, body, contentType, documented }: ApiCase, { url, token }: FuzzTarget, hangMs: number): Promise<string | undefined> {
  const began = performance.now();
  const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }) };
  const response = await fetch(url + path, { method, headers, body, redirect: 'manual', signal: AbortSignal.timeout(hangMs * 4) });
  const text = await response.text();
  const ms = performance.now() - began;
  const { status } = response;
  if (status >= 500) return `answered ${status}: ${text.slice(0, 300)}`;
  if (ms > hangMs) return `took ${ms.toFixed(0)} ms`;
  if (!response.headers.get('x-request-id')) return 'has no x-request-id';
  const leak = leakIn(text, `${decodeURIComponent(path)}${body ?? ''}`);
  if (leak) return `shows ${JSON.stringify(leak)}`;
  if (status < 400) return undefined;
  // A path that no route takes is not of the document.
  if (!documented.includes(String(status)) && status !== 404) return `answered ${status}, which the document does not name`;
  return problemOf(status, response.headers.get('content-type') ?? '', text);
}

/** Failures are problem+json with a stable code; a batch of which every event was refused says it of each. */
function problemOf(status: number, contentType: string, text: string): string | undefined {
  const answer = contentType.includes('json') ? (JSON.parse(text) as { code?: unknown; rejected?: unknown }) : {};
  if (status === 422 && Array.isArray(answer.rejected)) return undefined;
  if (!contentType.startsWith('application/problem+json') || typeof answer.code !== 'string') return `answered ${status} without a problem: ${contentType} ${text.slice(0, 200)}`;
  return undefined;
}

/** A path that fetch would shorten before it is sent is another case. */
const isSentAsWritten = ({ path }: ApiCase): boolean => new URL(path, 'http://x').pathname === path.split('?')[0];

/** Throws fast-check's report, with the seed and the smallest case, when an answer is wrong. */
export async function fuzzApi(target: FuzzTarget, { runs, seed, leniency = 1 }: { runs: number; seed: number; leniency?: number }): Promise<void> {
  const document = (await (await fetch(`${target.url}/docs/openapi.json`)).json()) as ApiDocument;
  const cases = apiCases(document, target.workspace).filter(isSentAsWritten);
  const property = fc.asyncProperty(cases, async (made) => {
    const complaint = await complaintAbout(made, target, HANG_MS * leniency);
    if (complaint) throw new Error(complaint);
  });
  await fc.assert(property, { numRuns: runs, seed });
}
