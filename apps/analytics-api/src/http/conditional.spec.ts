import { entityTag, names } from './conditional';

const answer = (events: number, complete_until: string) => ({ totals: { events }, meta: { complete_until } });

it('tells answers apart by what they say, not by when', () => {
  expect(entityTag(answer(1, 'a'))).toMatch(/^W\/"[\w-]{27}"$/);
  expect(entityTag(answer(1, 'a'))).toBe(entityTag(answer(1, 'b')));
  expect(entityTag(answer(1, 'a'))).not.toBe(entityTag(answer(2, 'a')));
});

it.each([
  [undefined, false],
  ['', false],
  ['W/"x"', true],
  ['"x"', true],
  ['*', true],
  ['"a", W/"x" ,"b"', true],
  ['"a"', false],
  ['x', false],
])('If-None-Match: %s names W/"x": %s', (header, named) => expect(names(header, 'W/"x"')).toBe(named));
