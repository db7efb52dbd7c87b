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

/** A pattern of JavaScript for Ruby: there anchors are those of lines, `\s` knows only ASCII, and `\b` all letters of the world. */
export function toRuby({ source, flags }: RegExp): RubyPattern {
  const spelled: Record<string, string> = { '\\b': '(?a:\\b)', ...(!flags.includes('m') && { '^': '\\A', $: '\\z' }) };
  return { pattern: source.replace(TOKEN, (token) => spelled[token] ?? spaces(token)), ignoreCase: flags.includes('i'), dotAll: flags.includes('s') };
}

/** The file by which Fluentd redacts: the rules of the applications' own logger, so that there is one list and not two. */
export function redactionText(): string {
  const { secretKey, tokenCount, replacements, deepest } = redactionRules();
  const by = (replacement: string): string => replacement.replaceAll('\\', '\\\\').replace(/\$(\d)/g, '\\$1');
  return `${JSON.stringify({ deepest, secretKey: toRuby(secretKey), tokenCount: toRuby(tokenCount), replacements: replacements.map(([pattern, to]) => ({ ...toRuby(pattern), by: by(to) })) }, null, 2)}\n`;
}

/** Writes that file; returns its name. */
export function writeRedaction(): string {
  writeFileSync(inFolder('fluentd', 'redaction.json'), redactionText());
  return 'fluentd/redaction.json';
}
