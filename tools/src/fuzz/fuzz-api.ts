import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { AnswerContract, type Answered } from './answer-contract';
import { apiCases, REAL_ID, REAL_LINK, type ApiCase } from './api-cases';
import { isProbe, type ApiDocument, type NamedOperation } from './api-document';
import { leakIn, problemComplaint } from './findings';
import { filledIn } from './json-text';
import { Tenant, type Sql, type TenantState } from './tenant';
import { wired } from './wires';

const HANG_MS = 5_000;
const PAUSE_MS = 3_000;
/** Tenants that send at the same time; what one is refused must change nothing of its own. */
const TENANTS = 4;

export interface FuzzedApi {
  url: string;
  sql: Sql;
  /** An owner's and operator's token. */
  token(workspace: string): Promise<string>;
  /** What no answer may hold; grows with each that is made. */
  secrets: Set<string>;
}

export interface FuzzResult {
  /** How many events the answers say were stored: there must not be more. */
  stored: number;
  /** Operations none of whose requests was done: nothing was learned of what they do. */
  undone: string[];
}

/** One workspace's requests, one after another. */
class Lane {
  stored = 0;
  readonly done = new Set<string>();

  constructor(
    private readonly tenant: Tenant,
    private readonly contract: AnswerContract,
    private readonly secrets: Set<string>,
    private readonly hangMs: number,
  ) {}

  /** Sends a case; throws what is wrong with its answer. */
  async try(made: ApiCase): Promise<void> {
    const operation = this.contract.operations.get(made.operation) as NamedOperation;
    const writes = operation.method !== 'GET';
    const path = await this.pathOf(made);
    // After the path: what was made for it is no change of the request's.
    const before = writes ? await this.tenant.state() : {};
    let { answer, ms } = await this.send(operation.method, path, made);
    if (answer.status === 503) {
      // The disk of a busy machine may keep the database waiting. What a request itself brings about it brings about again.
      await sleep(PAUSE_MS);
      ({ answer, ms } = await this.send(operation.method, path, made));
    }
    if (ms > this.hangMs) throw new Error(`took ${ms.toFixed(0)} ms`);
    const complaint = this.complaintAbout(operation, made, path, answer);
    if (complaint) throw new Error(complaint);
    if (answer.status < 400) this.remember(made.operation, answer);
    else if (writes) await this.assertUnchanged(before, answer);
  }

  private async pathOf({ operation, path }: ApiCase): Promise<string> {
    if (!path.includes(REAL_ID)) return path.replace(REAL_LINK, '');
    const id = await this.tenant.idFor(operation);
    const link = path.includes(REAL_LINK) ? await this.tenant.linkTo(id) : '';
    return path.replaceAll(REAL_ID, () => id).replace(REAL_LINK, () => link);
  }

  private async send(method: string, path: string, { body, contentType, wire = 'plain', headers: given }: ApiCase): Promise<{ answer: Answered; ms: number }> {
    const { bytes, encoding } = body === undefined ? {} : wired(filledIn(body), wire);
    const headers = { ...given, authorization: `Bearer ${this.tenant.token}`, ...(contentType && { 'content-type': contentType }), ...(encoding && { 'content-encoding': encoding }) };
    const began = performance.now();
    const response = await fetch(this.tenant.url + path, { method, headers, body: bytes && new Uint8Array(bytes), redirect: 'manual', signal: AbortSignal.timeout(this.hangMs * 4) });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') && text !== '';
    return { answer: { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined }, ms: performance.now() - began };
  }

  private complaintAbout(operation: NamedOperation, { body, headers }: ApiCase, path: string, answer: Answered): string | undefined {
    const { status, text } = answer;
    if (status >= 500) return `answered ${status}: ${text.slice(0, 300)}`;
    if (!answer.headers.get('x-request-id')) return 'has no x-request-id';
    const heard = text + JSON.stringify([...answer.headers]);
    const leak = leakIn(heard, `${decoded(path) ?? path}${body ?? ''}${Object.values(headers).join(' ')}`, this.secrets);
    if (leak) return `shows ${JSON.stringify(leak)}`;
    // What cannot even be decoded is no path of the document.
    const isPath = decoded(path) !== undefined;
    return (isPath || status !== 400 ? this.contract.complaint(operation.name, answer) : undefined) ?? (status < 400 ? undefined : refusalComplaint(operation, answer));
  }

  private remember(operation: string, { status, body }: Answered): void {
    if (status < 300) this.done.add(operation);
    this.tenant.used(operation);
    const { accepted, key, ticket } = (body ?? {}) as { accepted?: unknown; key?: unknown; ticket?: unknown };
    if (typeof accepted === 'number') this.stored += accepted;
    for (const secret of [key, ticket]) if (typeof secret === 'string') this.secrets.add(secret);
  }

  private async assertUnchanged(before: TenantState, { status, body }: Answered): Promise<void> {
    const now = await this.tenant.state();
    // That each event of a batch is wrong is an answer, and is kept with its key.
    if ((body as { rejected?: unknown } | undefined)?.rejected) delete now['idempotency keys'];
    const changed = Object.keys(now).filter((name) => now[name] !== before[name]);
    if (changed.length > 0) throw new Error(`answered ${status} and changed ${changed.map((name) => `${name}: ${before[name]} -> ${now[name]}`).join('; ')}`);
  }
}

/** Undefined when it is not percent-encoded UTF-8. */
function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

interface Rejected {
  index: number;
  /** 400 when its line is not even JSON. */
  problem: { status: 400 | 422 };
}

/** Failures are problem+json with a stable code that names the field; a batch of which every event was refused says it of each. */
function refusalComplaint(operation: NamedOperation, { status, headers, body, text }: Answered): string | undefined {
  const rejected = (body as { rejected?: Rejected[] } | undefined)?.rejected;
  if (status === 422 && rejected) return rejected.map(({ index, problem }) => problemComplaint(problem, problem.status, (pointer) => new RegExp(`^(/events)?/${index}(/|$)`).test(pointer))).find(Boolean);
  if (!headers.get('content-type')?.startsWith('application/problem+json')) return `answered ${status} without a problem: ${text.slice(0, 200)}`;
  const { request_id } = body as { request_id?: unknown };
  if (request_id !== headers.get('x-request-id') && !(request_id === undefined && isProbe(operation))) return `names the request ${JSON.stringify(request_id)} in its body`;
  const complaint = problemComplaint(body as object, status, (pointer) => pointer === '' || pointer.startsWith('/') || operation.parameters?.some(({ name }) => name === pointer) === true);
  return complaint && `answered ${status} and ${complaint}: ${text.slice(0, 300)}`;
}

/** A path that fetch would shorten before it is sent is another case: `fuzzRaw` has those. */
const isSentAsWritten = ({ path }: ApiCase): boolean => new URL(path.replaceAll(REAL_ID, 'x'), 'http://x').pathname === path.replaceAll(REAL_ID, 'x').split('?')[0];

/** Throws fast-check's report, with the seed and the smallest case, when an answer is wrong. */
export async function fuzzApi({ url, sql, token, secrets }: FuzzedApi, { runs, seed, leniency = 1 }: { runs: number; seed: number; leniency?: number }): Promise<FuzzResult> {
  const contract = new AnswerContract((await (await fetch(`${url}/docs/openapi.json`)).json()) as ApiDocument);
  const lanes = await Promise.all(
    Array.from({ length: TENANTS }, async (_, index) => {
      const workspace = `fuzz-${index}`;
      const tenant = new Tenant(url, workspace, await token(workspace), sql, (secret) => secrets.add(secret));
      return { workspace, lane: new Lane(tenant, contract, secrets, HANG_MS * leniency) };
    }),
  );
  // When one has found something the others need not go on.
  let found = false;
  const attempts = await Promise.allSettled(
    lanes.map(async ({ workspace, lane }, index) => {
      const property = fc.asyncProperty(apiCases(contract.document, workspace).filter(isSentAsWritten), async (made) => (found ? undefined : lane.try(made)));
      await fc.assert(property, { numRuns: Math.ceil(runs / TENANTS), seed: seed + index }).catch((error: unknown) => {
        found = true;
        throw error;
      });
    }),
  );
  for (const attempt of attempts) if (attempt.status === 'rejected') throw attempt.reason;
  const done = new Set(lanes.flatMap(({ lane }) => [...lane.done]));
  return { stored: lanes.reduce((sum, { lane }) => sum + lane.stored, 0), undone: [...contract.operations.keys()].filter((name) => !done.has(name)) };
}
