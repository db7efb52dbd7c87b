/** Stands in place of everything that must not be seen. */
export const REDACTED = '[redacted]';

/** A key that contains one of these words holds a secret; monitoring redacts by the same words. */
export const SECRET_WORDS = ['authorization', 'cookie', 'password', 'passwd', 'passphrase', 'pwd', 'secret', 'token', 'api[-_]?key', 'private[-_]?key', 'access[-_]?key', 'dsn', 'credential', 'connection[-_]?string', 'session[-_]?id', 'database[-_]?url', 'redis[-_]?url'] as const;

const WORDS = SECRET_WORDS.join('|');
const SCHEMES = 'basic|bearer|digest|negotiate|token';
/** A key and what parts it from its value, as in JSON (escaped too), in a query, percent-encoded too, in a header. */
const KEY = `(?:${WORDS})[\\w.-]{0,64}\\\\{0,16}(?:["']|%22)?\\s*(?:[=:]|%3[ad])\\s*`;

// One cheap look decides whether the replacements below have anything to do; most text ends here.
const suspicious = new RegExp(`@|bearer|basic\\s|eyJ|shk_|${WORDS}`, 'i');

// Text comes from callers and may be long: no pattern may look at the same characters again from each place where it could begin.
const HEADER = `(?:authorization|cookie)\\s*:(?!\\s*(?:["'{]|\\[(?!redacted\\]\\s*;)))\\s*(?:(?:${SCHEMES})\\s)?`;
/** To the end of the line, or to the closing quote: many schemes and every cookie but the first have no word that tells of a secret. */
const headers: Replacement = [new RegExp(`(["'])([\\w-]{0,64}${HEADER})(?:(?!\\1)[^\\r\\n])*|(${HEADER})[^\\r\\n]+`, 'gi'), `$1$2$3${REDACTED}`];
const structures = new RegExp(`${KEY}(?=[[{])(?!\\[redacted\\])`, 'gi');
const replacements: readonly Replacement[] = [
  // A password may hold an @, and a / when a colon is before it; what looks like a port is none.
  [/(?<=:\/\/)(?:[^/\s@"']*(?:@[^/\s@"']*)*@|[^/\s@"':]*:(?!\d{1,5}\/)(?:(?!:\/\/)[^\s@"'])*@(?:[^/\s@"']*@)*)/g, `${REDACTED}@`],
  [/\b(bearer|basic)\s+(?:tokens?\b[\s:=]*)?[\w.~+/=-]+/gi, `$1 ${REDACTED}`],
  // In quotes: to the closing quote or the end. Quotes may be escaped, as in JSON inside of JSON.
  [new RegExp(`(${KEY})(["'])(?:\\\\.|(?!\\2).)*`, 'gis'), `$1$2${REDACTED}`],
  [new RegExp(`(${KEY})(\\\\{1,16}["'])(?:(?!\\2).)*`, 'gis'), `$1$2${REDACTED}`],
  // A cookie has many parts, whose names tell nothing.
  [/(cookie\s*=\s*)(?!\[redacted\]|["'[{])[^\s&"',;]+(?:;\s*[^\s&"',;]+)*/gi, `$1${REDACTED}`],
  [new RegExp(`(${KEY})(?!\\[redacted\\]|(?:${SCHEMES}) \\[)(?:(?:${SCHEMES})\\s+)?[^\\s&"',;}\\]\\\\]+`, 'gi'), `$1${REDACTED}`],
  [/\bshk_[\w.-]+/g, REDACTED],
  [/\beyJ(?:(?!-eyJ)[\w-])+\.[\w-]+(?:\.[\w-]*)?/g, REDACTED],
  [/(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '[email]'],
];
/** `by` spells groups as `$1`. */
type Replacement = readonly [pattern: RegExp, by: string];
/** What text goes by, in this order, as data: for redaction in another language. After a match of `structures` goes all up to the end of the list or object that begins there. */
export const TEXT_RULES = { headers, structures, replacements };

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
  clean = withoutStructures(clean.replace(...headers));
  for (const [pattern, replacement] of replacements) clean = clean.replace(pattern, replacement);
  return clean;
}

/** Replaces lists and objects that are the value of a secret key: `{"token":{"value":"S"}}`. No regular expression can count brackets. */
function withoutStructures(text: string): string {
  let clean = '';
  let at = 0;
  structures.lastIndex = 0;
  while (structures.exec(text)) {
    clean += text.slice(at, structures.lastIndex) + REDACTED;
    at = structures.lastIndex = endOfStructure(text, structures.lastIndex);
  }
  return at === 0 ? text : clean + text.slice(at);
}

/** Where the list or object that begins at `start` ends; the end of the text when it was cut off. Brackets in quotes do not count. */
function endOfStructure(text: string, start: number): number {
  const marks = /\\{0,16}["']|[[\]{}]/g;
  marks.lastIndex = start;
  let depth = 0;
  let quote: string | undefined;
  for (let found = marks.exec(text); found; found = marks.exec(text)) {
    const [mark] = found;
    if (quote !== undefined) quote = mark === quote ? undefined : quote;
    else if (mark === '[' || mark === '{') depth++;
    else if (mark === ']' || mark === '}') depth--;
    else quote = mark;
    if (depth === 0) return marks.lastIndex;
  }
  return text.length;
}
