import fc from 'fast-check';
import { apiCases, type ApiCase, type ApiDocument } from './api-cases';
import { leakIn } from './findings';

const HANG_MS = 5_000;

export interface FuzzTarget {
  url: string;
  token: string;
  workspace: string;
}

interface Judgement {
  /** What is wrong with the answer; undefined: nothing. */
  complaint?: string;
  /** How many events it says were stored. */
  accepted: number;
}

/** Sends a bad request and judges its answer. */
async function judge({ method, path, body, contentType, headers: given, documented }: ApiCase, { url, token }: FuzzTarget, hangMs: number): Promise<Judgement> {
  const began = performance.now();
  const headers = { ...given, authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }) };
  const response = await fetch(url + path, { method, headers, body, redirect: 'manual', signal: AbortSignal.timeout(hangMs * 4) });
  const text = await response.text();
  const ms = performance.now() - began;
  const { status } = response;
  const accepted = Number(/^\{"accepted":(\d+)/.exec(text)?.[1] ?? 0);
  return { complaint: complaintAbout(), accepted };

  function complaintAbout(): string | undefined {
    if (status >= 500) return `answered ${status}: ${text.slice(0, 300)}`;
    if (ms > hangMs) return `took ${ms.toFixed(0)} ms`;
    if (!response.headers.get('x-request-id')) return 'has no x-request-id';
    const leak = leakIn(text, `${decodeURIComponent(path)}${body ?? ''}${Object.values(given).join(' ')}`);
    if (leak) return `shows ${JSON.stringify(leak)}`;
    if (status < 400) return undefined;
    // A path that no route takes is not of the document.
    if (!documented.includes(String(status)) && status !== 404 && status !== 405) return `answered ${status}, which the document does not name`;
    return problemOf(status, response.headers.get('content-type') ?? '', text);
  }
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

/** Throws fast-check's report, with the seed and the smallest case, when an answer is wrong. Gives how many events the answers say were stored: there must not be more. */
export async function fuzzApi(target: FuzzTarget, { runs, seed, leniency = 1 }: { runs: number; seed: number; leniency?: number }): Promise<number> {
  const document = (await (await fetch(`${target.url}/docs/openapi.json`)).json()) as ApiDocument;
  const cases = apiCases(document, target.workspace).filter(isSentAsWritten);
  let stored = 0;
  const property = fc.asyncProperty(cases, async (made) => {
    const { complaint, accepted } = await judge(made, target, HANG_MS * leniency);
    if (complaint) throw new Error(complaint);
    stored += accepted;
  });
  await fc.assert(property, { numRuns: runs, seed });
  return stored;
}
