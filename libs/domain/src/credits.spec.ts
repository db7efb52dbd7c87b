import fc from 'fast-check';
import { creditAmount, fromMicroCredits, normalizeCredits, sumCredits, toMicroCredits } from './credits';

const micro = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });

test('millionths survive the way to text and back', () => {
  fc.assert(fc.property(micro, (amount) => expect(toMicroCredits(fromMicroCredits(amount))).toBe(amount)));
});

test('a sum of amounts is exact where floating point is not', () => {
  expect(sumCredits(['0.1', '0.2'])).toBe('0.3');
  expect(sumCredits(Array<string>(10).fill('0.000001'))).toBe('0.00001');
  fc.assert(fc.property(fc.array(micro), (amounts) => expect(toMicroCredits(sumCredits(amounts.map(fromMicroCredits)))).toBe(amounts.reduce((a, b) => a + b, 0n))));
});

test.each([
  ['1.25', 1_250_000n],
  ['1', 1_000_000n],
  ['0.000001', 1n],
  ['-0.5', -500_000n],
])('%s is %s millionths', (text, amount) => {
  expect(toMicroCredits(text)).toBe(amount);
});

test.each([['1.250000', '1.25'], ['0.000000', '0'], ['-3.000001', '-3.000001'], ['40', '40']])('%s is %s in short', (amount, short) => {
  expect(normalizeCredits(amount)).toBe(short);
});

test.each(['', '1e3', '.5', '1.', '1.0000001', 'NaN', ' 1'])('%j is refused', (text) => {
  expect(() => toMicroCredits(text)).toThrow(RangeError);
  expect(creditAmount.safeParse(text).success).toBe(false);
});

test('an event may carry at most 12 digits before the point, no sign and no number', () => {
  expect(creditAmount.safeParse('999999999999.999999').success).toBe(true);
  for (const amount of ['1000000000000', '-1', 1]) expect(creditAmount.safeParse(amount).success).toBe(false);
});
