import { setTimeout as pause } from 'node:timers/promises';
import type { LiveEntry, LivePosition } from '@shadower/domain';
import { redisDatabase } from '@shadower/tools/testing';
import type { Redis } from 'ioredis';
import { connect } from '../src/connect';
import { keys } from '../src/keys';
import { LiveReader } from '../src/live-reader';
import type { LiveRecord } from '../src/live-record';
import { LiveStream } from '../src/live-stream';
import { FlakyLink } from '../src/testing/flaky-link';

const entry = (n: number): LiveEntry => ({ ch: 'metrics', ts: new Date(n).toISOString(), data: { n } });
const numbers = (records: LiveRecord[]): unknown[] => records.map(({ entry: { data } }) => data['n']);

describe('the live stream', () => {
  let url: string;
  let redis: Redis;
  let link: FlakyLink;
  let stream: LiveStream;

  beforeAll(async () => {
    url = await redisDatabase();
    link = await FlakyLink.to(url);
    redis = connect(url, 'command');
    await new Promise((resolve) => redis.once('ready', resolve));
    stream = new LiveStream(redis);
  });
  afterAll(async () => {
    redis?.disconnect();
    await link?.close();
  });

  it('gives a position also for a workspace that nobody has published to, and everything after it', async () => {
    const { position } = await stream.history('fresh');
    expect(await stream.history('fresh', position)).toMatchObject({ recovered: true, records: [] });
    for (const n of [1, 2, 3]) expect(await stream.publish('fresh', entry(n))).toBe(true);
    const history = await stream.history('fresh', position);
    expect(history.recovered).toBe(true);
    expect(numbers(history.records)).toEqual([1, 2, 3]);
    expect(history.position).toEqual(history.records.at(-1)?.position);
    expect((await stream.history('fresh', history.records[1]?.position)).records).toHaveLength(1);
  });

  it('says so when what came after a position is not all there any more', async () => {
    const { position } = await stream.history('trimmed');
    await stream.publish('trimmed', entry(1));
    await redis.xtrim(keys.live('trimmed'), 'MAXLEN', 1);
    expect(await stream.history('trimmed', position)).toMatchObject({ recovered: false, records: [] });
    const { position: newer } = await stream.history('trimmed');
    expect(newer.epoch).toBe(position.epoch);
    expect((await stream.history('trimmed', newer)).recovered).toBe(true);
  });

  it('does not take a position of a stream that was lost and begun anew for one of the new', async () => {
    await stream.publish('lost', entry(1));
    const { position } = await stream.history('lost');
    await redis.del(keys.live('lost'), keys.liveEpoch('lost'));
    await stream.publish('lost', entry(2));
    const history = await stream.history('lost', position);
    expect(history.recovered).toBe(false);
    expect(history.position.epoch).not.toBe(position.epoch);
  });

  it('refuses to pretend after more than 1,000 missed entries', async () => {
    const { position } = await stream.history('long');
    await Promise.all(Array.from({ length: 1_001 }, (_, n) => stream.publish('long', entry(n))));
    expect(await stream.history('long', position)).toMatchObject({ recovered: false, records: [] });
  });

  describe('with a reader', () => {
    let reader: LiveReader;
    let seen: LiveRecord[];
    let gaps: { workspaceId: string; position: LivePosition }[];

    beforeEach(() => {
      link.open();
      [seen, gaps] = [[], []];
      reader = new LiveReader(link.url, stream, { onRecord: (record) => seen.push(record), onGap: (workspaceId, position) => gaps.push({ workspaceId, position }) });
    });
    afterEach(() => reader.close());

    const until = async (done: () => boolean): Promise<void> => {
      for (let waited = 0; !done() && waited < 15_000; waited += 10) await pause(10);
    };

    it('hears of every entry of the workspaces it follows, in order, and of no other', async () => {
      await reader.follow('a');
      await reader.follow('b');
      for (let n = 0; n < 50; n += 1) await Promise.all(['a', 'b', 'c'].map((workspaceId) => stream.publish(workspaceId, entry(n))));
      await until(() => seen.length === 100);
      for (const workspaceId of ['a', 'b']) expect(numbers(seen.filter((record) => record.workspaceId === workspaceId))).toEqual(Array.from({ length: 50 }, (_, n) => n));
      reader.unfollow('a');
      await Promise.all([stream.publish('a', entry(50)), stream.publish('b', entry(50))]);
      await until(() => seen.length === 101);
      await pause(300);
      expect(seen.slice(100).map(({ workspaceId }) => workspaceId)).toEqual(['b']);
      expect(gaps).toEqual([]);
    });

    it('catches up without a gap after its connection was cut', async () => {
      await reader.follow('cut');
      await stream.publish('cut', entry(1));
      await until(() => seen.length === 1);
      link.cut();
      await stream.publish('cut', entry(2));
      await pause(300);
      link.open();
      await stream.publish('cut', entry(3));
      await until(() => seen.length === 3);
      expect(numbers(seen)).toEqual([1, 2, 3]);
      expect(gaps).toEqual([]);
    });

    it('catches up without a gap after its connection hung', async () => {
      await reader.follow('hung');
      link.hang();
      await stream.publish('hung', entry(1));
      await pause(4_000);
      link.open();
      await until(() => seen.length === 1);
      expect(numbers(seen)).toEqual([1]);
      expect(gaps).toEqual([]);
    }, 30_000);

    it('announces a gap when entries were lost while it was away', async () => {
      await reader.follow('away');
      await pause(300);
      link.cut();
      await stream.publish('away', entry(1));
      await redis.del(keys.live('away'), keys.liveEpoch('away'));
      await stream.publish('away', entry(2));
      link.open();
      await until(() => gaps.length === 1);
      await stream.publish('away', entry(3));
      await until(() => seen.length === 1);
      expect(gaps).toMatchObject([{ workspaceId: 'away' }]);
      expect(numbers(seen)).toEqual([3]);
    });
  });
});
