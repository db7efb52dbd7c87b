import { batches, type BatchOptions } from './batches';
import { parseRow } from './trace-row';

async function cut(times: string[], options: BatchOptions) {
  async function* rows() {
    for (const [index, time] of times.entries()) yield Promise.resolve(parseRow([`2023-11-16 ${time}`, '1', '1'], index + 1, index + 2));
  }
  const result: [number[], number][] = [];
  for await (const batch of batches(rows(), options)) result.push([batch.rows.map((row) => row.number), batch.dueMs]);
  return result;
}

describe('batches', () => {
  const times = ['18:00:00', '18:00:00.1', '18:00:01', '18:00:10', '18:00:10'];

  it('are of the size that is asked for and due at once without a speed', async () => {
    expect(await cut(times, { size: 2 })).toEqual([[[1, 2], 0], [[3, 4], 0], [[5], 0]]);
  });

  it("follow the trace's clock, so many times faster", async () => {
    expect(await cut(times, { size: 10, speed: 1 })).toEqual([[[1, 2], 200], [[3], 1_200], [[4, 5], 10_200]]);
    expect(await cut(times, { size: 10, speed: 10 })).toEqual([[[1, 2, 3], 200], [[4, 5], 1_200]]);
  });

  it('are due in order even when rows are not', async () => {
    expect(await cut(['18:00:02', '18:00:00', '18:00:03'], { size: 10, speed: 1 })).toEqual([[[1, 2], 200], [[3], 1_200]]);
  });

  it('stay within the size when paced', async () => {
    expect(await cut(times.slice(0, 2), { size: 1, speed: 1 })).toEqual([[[1], 200], [[2], 200]]);
  });
});
