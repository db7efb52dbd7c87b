import { setImmediate as turn } from 'node:timers/promises';
import { FreshReads } from './fresh-reads';

/** Reads that end when the test says so; each answers its own number. */
function controlled() {
  const open: (() => void)[] = [];
  const reads = new FreshReads<number>(() => {
    const number = open.length + 1;
    return new Promise((resolve) => open.push(() => resolve(number)));
  });
  return { reads, open };
}

describe('FreshReads', () => {
  it('lets those who ask during a read share the next one, never the one under way', async () => {
    const { reads, open } = controlled();
    const [first, second, third] = [reads.get('w'), reads.get('w'), reads.get('w')];
    expect(open).toHaveLength(1);
    open[0]!();
    expect(await first).toBe(1);
    await turn();
    expect(open).toHaveLength(2);
    const late = reads.get('w');
    open[1]!();
    expect(await Promise.all([second, third])).toEqual([2, 2]);
    await turn();
    open[2]!();
    expect(await late).toBe(3);
  });

  it('keeps workspaces apart, and forgets a read that ended', async () => {
    const { reads, open } = controlled();
    const both = [reads.get('a'), reads.get('b')];
    expect(open).toHaveLength(2);
    open.forEach((end) => end());
    expect(await Promise.all(both)).toEqual([1, 2]);
    void reads.get('a');
    expect(open).toHaveLength(3);
  });

  it('goes on after a read that failed', async () => {
    let count = 0;
    const reads = new FreshReads<number>(() => ((count += 1) === 1 ? Promise.reject(new Error('away')) : Promise.resolve(count)));
    const [first, second] = [reads.get('w'), reads.get('w')];
    await expect(first).rejects.toThrow('away');
    expect(await second).toBe(2);
  });
});
