/** What an answer of ours never holds: where it stood in the code, what was asked of the database, what only we may know. */
const LEAK = /\bat \S+ \(|node_modules|\.ts:\d+|\.js:\d+|\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b.{0,40}\b(FROM|VALUES|SET|WHERE)\b|ECONNREFUSED|postgres(ql)?:\/\/|redis:\/\/|development-only-secret|shadower_app/g;

/** The first thing in a text that must not be there. What the caller sent may come back to it. */
export function leakIn(text: string, sent = ''): string | undefined {
  return [...text.matchAll(LEAK)].map(([found]) => found).find((found) => !sent.includes(found));
}
