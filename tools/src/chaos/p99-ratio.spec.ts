import { SeededRandom } from '../demo/seeded-random';
import { p99Ratio, type Round } from './p99-ratio';

const random = (): SeededRandom => new SeededRandom('p99');
/** 100 times from 1 ms on, the two slowest as given. */
const times = (slowest: number): number[] => [...Array.from({ length: 98 }, (_, index) => 1 + index / 100), slowest, slowest];

describe('the ratio of two 99th percentiles', () => {
  it('is that of all requests of all rounds, whose interval closes when all rounds are alike', () => {
    const rounds: Round[] = Array.from({ length: 5 }, () => ({ calm: times(10), troubled: times(12) }));
    expect(p99Ratio(rounds, random())).toEqual({ ratio: 1.2, low: 1.2, high: 1.2 });
  });

  it('has an interval as wide as its rounds differ, and the same for the same seed', () => {
    const rounds: Round[] = Array.from({ length: 20 }, (_, index) => ({ calm: times(10 + (index % 5)), troubled: times(10 + (index % 7)) }));
    const { ratio, low, high } = p99Ratio(rounds, random());
    expect(low).toBeLessThan(ratio);
    expect(high).toBeGreaterThan(ratio);
    expect(p99Ratio(rounds, random())).toEqual({ ratio, low, high });
  });

  it('draws a round whole: what slowed one round down does not spread over the others', () => {
    const calm = Array.from({ length: 100 }, () => 1);
    const rounds: Round[] = Array.from({ length: 20 }, (_, index) => ({ calm, troubled: index === 0 ? calm.map(() => 50) : calm }));
    expect(p99Ratio(rounds, random())).toMatchObject({ ratio: 50, low: 1, high: 50 });
  });
});
