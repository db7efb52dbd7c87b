import { compareOffsets } from './compare-offsets';

it.each([
  ['1-0', '1-0', 0],
  ['1-9', '1-10', -1],
  ['999-5', '1000-0', -1],
  ['1700000000001-0', '1700000000000-7', 1],
])('orders %s and %s', (a, b, sign) => {
  expect(Math.sign(compareOffsets(a, b))).toBe(sign);
  expect(Math.sign(compareOffsets(b, a))).toBe(sign === 0 ? 0 : -sign);
});
