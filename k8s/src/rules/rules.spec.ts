import { render } from '../render';
import { RENDERED } from '../rendered';
import { RULES } from './rules';

describe.each(RENDERED)('%s', (overlay) => {
  const objects = render(overlay);
  it.each(RULES.map((rule) => [rule.id, rule.after, rule] as const))('%s (%s)', (_id, _after, rule) => {
    expect(rule.check(objects)).toEqual([]);
  });
});

it('has at least 60 rules, each of its own name', () => {
  expect(RULES.length).toBeGreaterThanOrEqual(60);
  expect(new Set(RULES.map((rule) => rule.id)).size).toBe(RULES.length);
});
