import type { Arena } from './arena';
import type { ChaosRun } from './promise';
import { runPromise } from './run-promise';

const never = (doing: ChaosRun['doing']): Promise<never> => (doing('round 3: kill -9 of redis'), new Promise(() => undefined));

it('ends a promise that hangs, and says what was under way', async () => {
  jest.useFakeTimers();
  try {
    const promise = { name: 'G0', says: '', rounds: { short: 1, long: 4 }, roundSeconds: 60, run: ({ doing }: ChaosRun) => never(doing) };
    const ended = expect(runPromise({} as Arena, promise, { seed: 's', rounds: 4 })).rejects.toThrow('G0 did not end within 540 s; under way: round 3: kill -9 of redis');
    await jest.advanceTimersByTimeAsync(540_000);
    await ended;
  } finally {
    jest.useRealTimers();
  }
});
