import { paired, type Turn } from './rounds';

/** Sides in a world whose speed is a function of the turn: what `on` and `off` would do in a second of it. */
function world(speed: (turn: number) => number) {
  const order: string[] = [];
  const side = (name: string, rate: number, cpu: number) => async (): Promise<Turn> => ({ rate: rate * speed(order.push(name) - 1), cpu });
  return { order, on: side('on', 90, 21), off: side('off', 100, 20) };
}

describe('paired rounds', () => {
  it('take turns in both orders', async () => {
    const { order, ...sides } = world(() => 1);
    await paired(2, sides);
    expect(order.join(' ')).toBe('on off off on off on on off on off off on');
  });

  it('give the ratio although the machine grows slower and slower', async () => {
    const { rate, cpu } = await paired(10, world((turn) => 1 / (1 + turn / 20)));
    expect(rate[1]).toBeCloseTo(0.9, 3);
    expect(cpu).toEqual([1.05, 1.05, 1.05]);
  });

  it('do not mind a round that something fell into', async () => {
    const { rate, on, off } = await paired(9, world((turn) => (turn === 13 ? 0.05 : 1)));
    expect(rate[1]).toBeCloseTo(0.9, 6);
    expect(on.rate / off.rate).toBeCloseTo(0.9, 6);
  });
});
