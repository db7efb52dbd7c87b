import { slope } from './slope';

const line = (f: (hours: number) => number) => Array.from({ length: 100 }, (_, index) => ({ hours: index / 100, value: f(index / 100) }));

it('is what grows in an hour', () => expect(slope(line((hours) => 100 + 12 * hours))).toBeCloseTo(12));
it('leaves the warm-up out', () => expect(slope(line((hours) => (hours < 0.3 ? 1_000 * hours : 300)))).toBeCloseTo(0));
it('is nothing for a single point, or none', () => expect([slope([]), slope([{ hours: 1, value: 5 }])]).toEqual([0, 0]));
