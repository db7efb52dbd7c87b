import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { DownloadStreams } from './download-streams';

async function* pieces(): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(1_024);
}

describe('DownloadStreams', () => {
  it('serves 16 of a workspace and 64 in all, and makes room when one is closed, read or not', async () => {
    const streams = new DownloadStreams();
    const open = ['a', 'b', 'c', 'd'].flatMap((workspace) => Array.from({ length: 16 }, () => streams.of(workspace, pieces())));
    for (const workspace of ['a', 'e']) expect(() => streams.of(workspace, pieces())).toThrow(expect.objectContaining({ code: 'unavailable', retryAfterMs: expect.any(Number) }));
    await once(open[1]!, 'readable');
    for (const stream of open.slice(0, 2)) await Promise.all([once(stream, 'close'), stream.destroy()]);
    expect(() => streams.of('b', pieces())).toThrow();
    streams.of('a', pieces());
    streams.of('e', pieces());
    expect(() => streams.of('e', pieces())).toThrow();
  });

  it('reads three pieces at a time, in turn, also after one that failed', async () => {
    const streams = new DownloadStreams();
    let [reading, most] = [0, 0];
    const done: number[] = [];
    const reads = Array.from({ length: 20 }, (_, index) =>
      streams.read(async () => {
        most = Math.max(most, ++reading);
        await turn();
        reading -= 1;
        done.push(index);
        if (index % 5 === 0) throw new Error('lost');
      }),
    );
    expect((await Promise.allSettled(reads)).filter(({ status }) => status === 'rejected')).toHaveLength(4);
    expect(most).toBe(3);
    expect(done).toEqual(Array.from({ length: 20 }, (_, index) => index));
    await expect(streams.read(async () => 'free')).resolves.toBe('free');
  });
});
