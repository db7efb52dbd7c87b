import { creditsOf, DEFAULT_PRICE, parsePrice } from './price';

describe('the price of an execution', () => {
  it('is exact with the default price', () => {
    const price = parsePrice(DEFAULT_PRICE.context, DEFAULT_PRICE.generated);
    expect(creditsOf({ context: 4808, generated: 10 }, price)).toBe('2.419');
    expect(creditsOf({ context: 1, generated: 1 }, price)).toBe('0.002');
    expect(creditsOf({ context: 0, generated: 0 }, price)).toBe('0');
  });

  it('is rounded once, half up, to 6 places when the price is finer', () => {
    const price = parsePrice('0.0005', '0.0005');
    expect(creditsOf({ context: 1, generated: 0 }, price)).toBe('0.000001');
    expect(creditsOf({ context: 1, generated: 1 }, price)).toBe('0.000001');
    expect(creditsOf({ context: 2, generated: 1 }, price)).toBe('0.000002');
  });

  it('stays exact where floating point does not', () => {
    expect(creditsOf({ context: 999_999_999, generated: 999_999_999 }, parsePrice('0.1', '0.2'))).toBe('299999.9997');
  });

  it.each(['', 'free', '1e3', '-1', '0.1234567'])('refuses %j', (text) => {
    expect(() => parsePrice(text, '1')).toThrow(RangeError);
  });
});
