import { REDACTED, redactText, SECRET_WORDS, TEXT_RULES } from './redact-text';

const secretKey = new RegExp(SECRET_WORDS.join('|'), 'i');
/** Counts of language-model tokens are figures of the business, not secrets. */
const tokenCount = /^(context_|generated_|max_|total_)?tokens$/;
const DEEPEST = 12;

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
  if (Array.isArray(value)) return redactList(value, depth, path);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map || value instanceof Set) return redact([...value], depth + 1, path);
  const clean: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const { shown, secret } = lookAtKey(key);
    clean[shown] = secret ? REDACTED : redact((value as Record<string, unknown>)[key], depth + 1, path);
  }
  return clean;
}

/** Names and values in turn, as in the entries of a map or in Node's `rawHeaders`: what follows a secret name is a secret. */
function redactList(list: readonly unknown[], depth: number, path: readonly object[]): unknown[] {
  const paired = list.length % 2 === 0;
  return list.map((item, index) => (paired && index % 2 === 1 && isSecretName(list[index - 1]) ? REDACTED : redact(item, depth + 1, path)));
}

const secretName = /^[\w.-]{1,64}$/;
const isSecretName = (item: unknown): boolean => typeof item === 'string' && secretName.test(item) && isSecretKey(item);

interface Key {
  /** As it may be shown: a key may be a secret itself, such as `{ 'postgres://u:p@h': 1 }`. */
  shown: string;
  /** Whether what stands under it is one. */
  secret: boolean;
}
/** Nearly all keys come again and again. */
const keys = new Map<string, Key>();
const MOST_KEYS = 1_000;
const LONGEST_KEY = 40;

function lookAtKey(name: string): Key {
  let key = keys.get(name);
  if (key) return key;
  key = { shown: redactText(name), secret: isSecretKey(name) };
  if (name.length > LONGEST_KEY) return key;
  if (keys.size >= MOST_KEYS) keys.clear();
  keys.set(name, key);
  return key;
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

/** What `redact` goes by, as data: for redaction in another language. */
export type RedactionRules = ReturnType<typeof redactionRules>;
/** `tokenCount`: of the secret keys, those that hold no secret. `secretName`: what a name looks like whose value follows it in a list. */
export const redactionRules = () => ({ secretKey, tokenCount, secretName, deepest: DEEPEST, ...TEXT_RULES });
