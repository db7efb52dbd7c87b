/** Stands in place of everything that must not be seen. */
export const REDACTED = '[redacted]';

/** A key that contains one of these words holds a secret; monitoring redacts by the same words. */
export const SECRET_WORDS = ['authorization', 'cookie', 'password', 'passwd', 'passphrase', 'pwd', 'secret', 'token', 'api[-_]?key', 'private[-_]?key', 'access[-_]?key', 'dsn', 'credential', 'connection[-_]?string', 'session[-_]?id', 'database[-_]?url', 'redis[-_]?url'] as const;

const WORDS = SECRET_WORDS.join('|');
const secretKey = new RegExp(WORDS, 'i');
/** Counts of language-model tokens are figures of the business, not secrets. */
const tokenCount = /^(context_|generated_|max_|total_)?tokens$/;
const DEEPEST = 12;

// One cheap look decides whether the replacements below have anything to do; most text ends here.
const suspicious = new RegExp(`@|bearer|basic |eyJ|shk_|${WORDS}`, 'i');
const replacements: readonly (readonly [RegExp, string])[] = [
  [/([a-z][a-z0-9+.-]*:\/\/)[^/\s@"']*(?:@[^/\s@"']*)*@/gi, `$1${REDACTED}@`],
  [/\b(bearer|basic)\s+[\w.~+/=-]+/gi, `$1 ${REDACTED}`],
  [/\bshk_[\w.-]+/g, REDACTED],
  [/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, REDACTED],
  // In quotes: to the closing quote or the end. Quotes may be escaped, as in JSON inside of JSON.
  [new RegExp(`((?:${WORDS})[\\w.-]*\\\\*["']?\\s*[=:]\\s*)(["'])(?:\\\\.|(?!\\2).)*`, 'gis'), `$1$2${REDACTED}`],
  [new RegExp(`((?:${WORDS})[\\w.-]*\\\\*["']?\\s*[=:]\\s*)(\\\\+["'])(?:(?!\\2).)*`, 'gis'), `$1$2${REDACTED}`],
  [new RegExp(`((?:${WORDS})[\\w.-]*\\\\*["']?\\s*[=:]\\s*)(?!\\[redacted\\]|(?:bearer|basic) \\[)[^\\s&"',;}\\]\\\\]+`, 'gi'), `$1${REDACTED}`],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '[email]'],
];

const known = new Set<string>();
const SHORTEST_SECRET = 6;

/** Makes a value of the environment unspeakable: wherever it turns up in text it is replaced. Values under 6 characters are ignored. */
export function registerSecret(value: string): void {
  if (value.length >= SHORTEST_SECRET) known.add(value);
}

/** `text` without passwords, tokens, keys, user parts of URLs and e-mail addresses. */
export function redactText(text: string): string {
  let clean = text;
  for (const secret of known) if (clean.includes(secret)) clean = clean.replaceAll(secret, REDACTED);
  if (!suspicious.test(clean)) return clean;
  for (const [pattern, replacement] of replacements) clean = clean.replace(pattern, replacement);
  return clean;
}

export const isSecretKey = (key: string): boolean => secretKey.test(key) && !tokenCount.test(key);

/** A copy of `value`, fit to be logged or sent: secrets by key and in text replaced at any depth, cycles and abysses cut. */
export function redact(value: unknown, depth = 0, above: readonly object[] = []): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (above.includes(value)) return '[circular]';
  return depth >= DEEPEST ? '[too deep]' : redactObject(value, depth, [...above, value]);
}

function redactObject(value: object, depth: number, path: readonly object[]): unknown {
  if (value instanceof Error) return describeError(value, depth);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1, path));
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map || value instanceof Set) return redact([...value], depth + 1, path);
  const clean: Record<string, unknown> = {};
  for (const key of Object.keys(value)) clean[key] = isSecretKey(key) ? REDACTED : redact((value as Record<string, unknown>)[key], depth + 1, path);
  return clean;
}

/** An error as a log line shows it. Its other properties stay out: drivers put values of rows and parameters there. */
export interface ErrorDescription {
  type: string;
  message: string;
  stack?: string;
  code?: string | number;
  cause?: unknown;
  errors?: unknown[];
}

const MOST_ERRORS = 5;

/** Type, message, stack and causes of `error` (of an aggregate: its first five), redacted. */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, message: typeof error === 'object' ? JSON.stringify(redact(error)) : redactText(String(error)) };
  const { code, cause, errors } = error as Error & { code?: unknown; errors?: unknown };
  const description: ErrorDescription = { type: error.name, message: redactText(error.message) };
  if (error.stack) description.stack = redactText(error.stack);
  if (typeof code === 'string' || typeof code === 'number') description.code = code;
  if (depth >= MOST_ERRORS) return description;
  if (cause !== undefined && cause !== null) description.cause = describeError(cause, depth + 1);
  if (Array.isArray(errors) && errors[0] instanceof Error) description.errors = errors.slice(0, MOST_ERRORS).map((each) => describeError(each, depth + 1));
  return description;
}

/** What `redact` goes by, as data: for redaction in another language. `by` spells groups as `$1`. */
export interface RedactionRules {
  secretKey: RegExp;
  /** Of the secret keys, those that hold no secret. */
  tokenCount: RegExp;
  replacements: readonly (readonly [pattern: RegExp, by: string])[];
  deepest: number;
}
export const redactionRules = (): RedactionRules => ({ secretKey, tokenCount, replacements, deepest: DEEPEST });
