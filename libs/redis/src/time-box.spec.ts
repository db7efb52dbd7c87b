import { setTimeout as pause } from 'node:timers/promises';
import { TimeBoxError, timeBox } from './time-box';

describe('timeBox', () => {
  it('settles as the work does when that is in time', async () => {
    await expect(timeBox(1_000, Promise.resolve(7))).resolves.toBe(7);
    await expect(timeBox(1_000, Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError);
  });

  it('gives up on work that hangs', async () => {
    await expect(timeBox(10, new Promise(() => undefined))).rejects.toThrow(TimeBoxError);
  });

  it('lets no late failure become an unhandled rejection', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const late = pause(20).then(() => Promise.reject(new Error('late')));
    await expect(timeBox(5, late)).rejects.toThrow(TimeBoxError);
    await pause(40);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});
