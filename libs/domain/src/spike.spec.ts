import fc from 'fast-check';
import { median, SPIKE_MIN_HISTORY, spikeBound } from './spike';

const amount = fc.integer({ min: 0, max: 1_000_000 });
const history = fc.array(amount, { minLength: SPIKE_MIN_HISTORY, maxLength: 12 });
const boundOf = (values: number[], floor: number): number => spikeBound(values, floor)?.bound ?? NaN;

describe('median', () => {
  it('has as many values at or below it as at or above it', () => {
    fc.assert(
      fc.property(fc.array(amount, { minLength: 1, maxLength: 15 }), (values) => {
        const middle = median(values);
        const half = values.length / 2;
        expect(values.filter((value) => value <= middle).length).toBeGreaterThanOrEqual(half);
        expect(values.filter((value) => value >= middle).length).toBeGreaterThanOrEqual(half);
      }),
    );
    expect(median([1, 2, 3, 10])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});

describe('spikeBound', () => {
  it('is 6 times 1.4826 times the median absolute deviation above the median', () => {
    expect(spikeBound([90, 95, 100, 105, 110], 1)).toEqual({ usual: 100, bound: 100 + Math.max(6 * 1.4826 * 5, 50) });
    expect(spikeBound([60, 80, 100, 120, 140], 1)?.bound).toBeCloseTo(100 + 6 * 1.4826 * 20);
  });

  it('says nothing with too short a history', () => {
    expect(spikeBound([1, 2, 3], 1)).toBeUndefined();
    expect(spikeBound([], 1)).toBeUndefined();
  });

  it('never calls a value usual that is, nor one within the floor, a spike', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 1_000 }), (values, floor) => {
        const { usual, bound } = spikeBound(values, floor) ?? { usual: NaN, bound: NaN };
        expect(bound).toBeGreaterThanOrEqual(usual + floor);
        expect(bound).toBeGreaterThanOrEqual(usual * 1.5);
      }),
    );
  });

  it('does not depend on the order of the weeks, and scales with its unit', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 1_000 }), (values, floor, factor) => {
        expect(boundOf([...values].reverse(), floor)).toBe(boundOf(values, floor));
        expect(boundOf(values.map((value) => value * factor), floor * factor)).toBeCloseTo(boundOf(values, floor) * factor, 3);
      }),
    );
  });

  it('is not moved beyond what the other weeks allow by one week, however odd', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 80, max: 120 }), { minLength: 4, maxLength: 12 }), fc.integer({ min: 0, max: 1_000_000_000 }), (usual, odd) => {
        // Median and deviation stay within the range of the others, so the bound stays below 120 + 6 x 1.4826 x 40.
        expect(boundOf([...usual, odd], 1)).toBeLessThanOrEqual(120 + 6 * 1.4826 * 40);
        expect(boundOf([...usual, odd], 1)).toBeGreaterThan(80);
      }),
    );
  });
});
