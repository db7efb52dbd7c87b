import { readFileSync } from 'node:fs';
import { inFolder } from '../folder';
import { redactionText, toRuby } from './redaction';

test('Fluentd redacts by the rules of the logger of the applications (npm run dashboard writes them)', () => {
  expect(readFileSync(inFolder('fluentd/redaction.json'), 'utf8')).toBe(redactionText());
});

test.each<[RegExp, string]>([
  [/^tokens$/, '\\Atokens\\z'],
  [/^x$/m, '^x$'],
  [/\ba[\b]/, '(?a:\\b)a[\\b]'],
  [/[[{]x[\]]/, '[\\[{]x[\\]]'],
  [/a\s*[^\s$]\$\\s/, 'a\\p{Space}*[^\\p{Space}$]\\$\\\\s'],
])('%s is for Ruby %s', (pattern, ruby) => expect(toRuby(pattern).pattern).toBe(ruby));
