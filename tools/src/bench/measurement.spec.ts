import { isMet, median, quantile } from './measurement';

const of = (value: number, goal?: { atMost?: number; atLeast?: number }) => isMet({ name: 'x', value, unit: 'ratio', goal });

describe('a goal', () => {
  it('is met at its bound and missed beyond it', () => {
    expect([of(1.5, { atMost: 1.5 }), of(1.51, { atMost: 1.5 }), of(0.6, { atLeast: 0.6 }), of(0.59, { atLeast: 0.6 })]).toEqual([true, false, true, false]);
  });

  it('is not met by a figure that is none, and not missed where there is none', () => {
    expect(of(NaN, { atMost: 1 })).toBe(false);
    expect(of(5)).toBeUndefined();
  });
});

describe('quantile', () => {
  it('lies between the two nearest', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(quantile([1, 2, 3, 4, 5], 0.95)).toBeCloseTo(4.8);
    expect(quantile([7], 0.95)).toBe(7);
    expect(median([])).toBeNaN();
  });
});
