import fc from 'fast-check';
import { METRICS, percentile, type Sums } from './metric';

const binOf = (duration: number): number => (duration <= 1 ? 0 : Math.ceil(8 * Math.log2(duration)));

describe('percentile', () => {
  it('is null of nothing', () => expect(percentile(new Map(), 0.5)).toBeNull());

  it('lies within 4.5 % of the nearest-rank percentile of the durations themselves', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 31_536_000_000 }), { minLength: 1, maxLength: 300 }), fc.constantFrom(0.5, 0.95, 0.99), (durations, share) => {
        const histogram = new Map<number, number>();
        for (const duration of durations) histogram.set(binOf(duration), (histogram.get(binOf(duration)) ?? 0) + 1);
        const exact = durations.sort((a, b) => a - b)[Math.ceil(share * durations.length) - 1] as number;
        expect(Math.abs((percentile(histogram, share) as number) / exact - 1)).toBeLessThan(0.045);
      }),
    );
  });
});

it('has no ratio of nothing', () => {
  const none: Sums = { events: '0', succeeded: '0', failed: '0', credits: '0', context_tokens: '0', generated_tokens: '0', duration_ms_sum: '0', duration_count: '0' };
  expect(METRICS.success_rate.of(none)).toBeNull();
  expect(METRICS.duration_average.of(none)).toBeNull();
  expect(METRICS.credits.of(none)).toBe('0');
});
