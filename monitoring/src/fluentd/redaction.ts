import { writeFileSync } from 'node:fs';
import { redactionRules } from '@shadower/telemetry';
import { inFolder } from '../folder';

export interface RubyPattern {
  pattern: string;
  ignoreCase: boolean;
  dotAll: boolean;
}

/** One escape, one class or one anchor: what is spelled differently in Ruby, and what must not be taken for it. */
const TOKEN = /\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|[\^$]/g;
const ESCAPE = /\\[\s\S]/g;
const spaces = (token: string): string => token.replace(ESCAPE, (escape) => (escape === '\\s' ? '\\p{Space}' : escape));
/** A bracket within a class begins a class of its own in Ruby. */
const plainBrackets = (token: string): string => (token.startsWith('[') ? `[${token.slice(1).replace(/\\[\s\S]|\[/g, (found) => (found === '[' ? '\\[' : found))}` : token);

/** A pattern of JavaScript for Ruby: there anchors are those of lines, `\s` knows only ASCII, and `\b` all letters of the world. */
export function toRuby({ source, flags }: RegExp): RubyPattern {
  const spelled: Record<string, string> = { '\\b': '(?a:\\b)', ...(!flags.includes('m') && { '^': '\\A', $: '\\z' }) };
  return { pattern: source.replace(TOKEN, (token) => spelled[token] ?? spaces(plainBrackets(token))), ignoreCase: flags.includes('i'), dotAll: flags.includes('s') };
}

/** The file by which Fluentd redacts: the rules of the applications' own logger, so that there is one list and not two. */
export function redactionText(): string {
  const { secretKey, tokenCount, secretName, deepest, headers, structures, replacements } = redactionRules();
  const by = (replacement: string): string => replacement.replaceAll('\\', '\\\\').replace(/\$(\d)/g, '\\$1');
  const replacement = ([pattern, to]: (typeof replacements)[number]) => ({ ...toRuby(pattern), by: by(to) });
  const patterns = { secretKey: toRuby(secretKey), tokenCount: toRuby(tokenCount), secretName: toRuby(secretName), structures: toRuby(structures) };
  return `${JSON.stringify({ deepest, ...patterns, headers: replacement(headers), replacements: replacements.map(replacement) }, null, 2)}\n`;
}

/** Writes that file; returns its name. */
export function writeRedaction(): string {
  writeFileSync(inFolder('fluentd', 'redaction.json'), redactionText());
  return 'fluentd/redaction.json';
}
