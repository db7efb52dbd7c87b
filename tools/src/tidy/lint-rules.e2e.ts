import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lintTexts, type LintMessage } from './lint-texts';
import { ALLOWED, PLANTED } from './planted';

const folder = mkdtempSync(join(tmpdir(), 'shadower-tidy-'));
let answers: Record<string, LintMessage[]>;

beforeAll(async () => {
  answers = await lintTexts({ ...PLANTED, ...ALLOWED }, folder);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const of = (name: string, rule: string): string[] => (answers[name] ?? []).filter(({ ruleId }) => ruleId === rule).map(({ message }) => message);

it.each(Object.entries(PLANTED))('lint refuses %s', (name, { rule, says }) => {
  const messages = of(name, rule);
  expect(answers[name]?.map(({ ruleId }) => ruleId)).toContain(rule);
  expect(messages.join('\n')).toContain(says);
});

it.each(Object.entries(ALLOWED))('lint lets %s pass', (name, { rule }) => {
  expect(answers[name]?.some(({ ruleId }) => ruleId === null)).toBe(false);
  expect(of(name, rule)).toEqual([]);
});
