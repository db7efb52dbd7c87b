import { reconnectDelay } from './connect';

describe('reconnectDelay', () => {
  it('grows from attempt to attempt, up to 2 s, and never to nothing', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 100, 1e9].map((times) => reconnectDelay(times, 1));
    expect(longest).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000, 2_000]);
    expect(reconnectDelay(1, 0)).toBe(50);
  });

  it('spreads replicas over half of it', () => {
    expect(reconnectDelay(10, 0)).toBe(1_000);
    expect(new Set(Array.from({ length: 20 }, () => reconnectDelay(10))).size).toBeGreaterThan(10);
  });
});
