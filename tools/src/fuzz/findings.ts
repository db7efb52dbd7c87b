import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/paths';

/** What an answer of ours never holds: where it stood in the code, what was asked of the database, what only we may know. */
const LEAK = /\bat \S+ \(|node_modules|\.ts:\d+|\.js:\d+|\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b.{0,40}\b(FROM|VALUES|SET|WHERE)\b|ECONNREFUSED|postgres(ql)?:\/\/|redis:\/\/|development-only-secret|shadower_app/g;

/** The first thing in a text that must not be there; `secrets` are those that were made for this run. What the caller sent may come back to it. */
export function leakIn(text: string, sent = '', secrets: Iterable<string> = []): string | undefined {
  const secret = [...secrets].find((each) => text.includes(each));
  return secret ?? [...text.matchAll(LEAK)].map(([found]) => found).find((found) => !sent.includes(found));
}

/** The passwords in addresses of servers. */
export const passwordsIn = (...urls: string[]): string[] => urls.map((url) => decodeURIComponent(new URL(url).password)).filter((password) => password.length > 7);

/** The closed list of codes: each has a page. */
const CODES: ReadonlySet<string> = new Set(readdirSync(join(ROOT, 'docs', 'errors')).map((file) => file.replace(/\.md$/, '')));
export const isKnownCode = (code: unknown): boolean => typeof code === 'string' && CODES.has(code);

interface Problem {
  type?: unknown;
  status?: unknown;
  code?: unknown;
  errors?: { pointer?: unknown; detail?: unknown }[];
}

/** What is wrong with a problem as such; `namesField`: whether a place in the request has this pointer. A 400 or 422 names at least one. */
export function problemComplaint(problem: Problem, status: number, namesField: (pointer: string) => boolean): string | undefined {
  const { type, code, errors } = problem;
  if (!isKnownCode(code) || code === 'internal') return `has the code ${JSON.stringify(code)}, which stands in no list`;
  if (problem.status !== status) return `says ${JSON.stringify(problem.status)} in its body and ${status} in its status line`;
  if (typeof type !== 'string' || !type.endsWith(`/errors/${String(code)}`)) return `has the type ${JSON.stringify(type)}`;
  if (errors === undefined && status !== 400 && status !== 422) return undefined;
  if (!errors?.length) return 'names no field';
  const wrong = errors.find(({ pointer, detail }) => typeof pointer !== 'string' || !namesField(pointer) || typeof detail !== 'string' || detail === '');
  return wrong && `names the field ${JSON.stringify(wrong)}`;
}
