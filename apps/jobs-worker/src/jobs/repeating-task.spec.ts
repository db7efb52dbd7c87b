import { setTimeout as pause } from 'node:timers/promises';
import { RepeatingTask } from './repeating-task';

describe('RepeatingTask', () => {
  it('runs at once, then again and again, and never twice at a time', async () => {
    let running = 0;
    let runs = 0;
    let task: RepeatingTask | undefined;
    await new Promise<void>((resolve) => {
      task = new RepeatingTask(5, async () => {
        running += 1;
        expect(running).toBe(1);
        await pause(2);
        running -= 1;
        runs += 1;
        if (runs === 5) resolve();
      });
    });
    await task?.stop();
    expect(runs).toBeGreaterThanOrEqual(5);
  });

  it('waits at stop for the run under way, and does not begin another', async () => {
    let ended = 0;
    const task = new RepeatingTask(1, async () => {
      await pause(30);
      ended += 1;
    });
    await task.stop();
    expect(ended).toBe(1);
    await pause(60);
    expect(ended).toBe(1);
  });

  it('runs soon when it is told to, in the middle of a rest or of a run', async () => {
    let runs = 0;
    const task = new RepeatingTask(3_600_000, async () => {
      runs += 1;
      if (runs === 2) task.soon();
      await pause(5);
    });
    await pause(20);
    expect(runs).toBe(1);
    task.soon();
    await pause(40);
    expect(runs).toBe(3);
    await task.stop();
  });

  it('stops at once while it rests', async () => {
    const task = new RepeatingTask(3_600_000, async () => undefined);
    await pause(5);
    const begun = performance.now();
    await task.stop();
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});
