import type { LiveChannel } from '@shadower/domain';
import { CONFLATION_MS } from './conflator';
import { Feed } from './feed';
import { Subscription } from './subscription';

const ts = '2026-11-23T12:00:00.000Z';
const record = (n: number, ch: LiveChannel) => ({ workspaceId: 'acme', position: { epoch: 'e', offset: `${n}-0` }, entry: { ch, ts, data: { buckets: [{ bucket: 'b', kind: 'query.run', events: n }] } } });
const listener = (ch: LiveChannel) => new Subscription('s', ch, { offer: () => true, tell: () => true });

function watched() {
  const sent: string[] = [];
  const feed = new Feed('acme', (_, ch, item) => sent.push(`${ch} ${item.offset}`));
  return { feed, sent };
}

describe('Feed', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('folds metrics into one frame a window and lets alerts and exports through one by one', () => {
    const { feed, sent } = watched();
    (['metrics', 'alerts', 'exports'] as const).forEach((ch) => feed.add(listener(ch)));
    for (let n = 1; n <= 3; n += 1) (['metrics', 'alerts', 'exports'] as const).forEach((ch) => feed.accept(record(n, ch)));
    expect(sent).toEqual(['metrics 1-0', 'alerts 1-0', 'exports 1-0', 'alerts 2-0', 'exports 2-0', 'alerts 3-0', 'exports 3-0']);
    jest.advanceTimersByTime(CONFLATION_MS);
    expect(sent.at(-1)).toBe('metrics 3-0');
    jest.advanceTimersByTime(10 * CONFLATION_MS);
    expect(sent).toHaveLength(8);
  });

  it('keeps its position, and sends nothing, when nobody listens to the channel', () => {
    const { feed, sent } = watched();
    feed.add(listener('alerts'));
    feed.accept(record(7, 'metrics'));
    jest.advanceTimersByTime(CONFLATION_MS);
    expect(sent).toEqual([]);
    expect(feed.position).toEqual({ epoch: 'e', offset: '7-0' });
  });

  it('drops what waits when it restarts in another history', () => {
    const { feed, sent } = watched();
    feed.add(listener('metrics'));
    feed.accept(record(1, 'metrics'));
    feed.accept(record(2, 'metrics'));
    feed.restart({ epoch: 'f', offset: '0-1' });
    jest.advanceTimersByTime(CONFLATION_MS);
    expect(sent).toEqual(['metrics 1-0']);
    expect(feed.position).toEqual({ epoch: 'f', offset: '0-1' });
  });

  it('has settled a channel up to where it reads, but while something of it waits', () => {
    const { feed } = watched();
    (['metrics', 'alerts'] as const).forEach((ch) => feed.add(listener(ch)));
    expect(feed.settled('alerts')).toBeUndefined();
    feed.accept(record(1, 'metrics'));
    expect(feed.settled('metrics')).toEqual({ epoch: 'e', offset: '1-0' });
    feed.accept(record(2, 'metrics'));
    expect(feed.settled('alerts')).toEqual({ epoch: 'e', offset: '2-0' });
    expect(feed.settled('metrics')).toBeUndefined();
    jest.advanceTimersByTime(CONFLATION_MS);
    expect(feed.settled('metrics')).toEqual({ epoch: 'e', offset: '2-0' });
  });

  it('is empty when its last listener has left', () => {
    const { feed } = watched();
    const [a, b] = [listener('alerts'), listener('alerts')];
    feed.add(a);
    feed.add(b);
    feed.remove(a);
    expect(feed.isEmpty).toBe(false);
    feed.remove(b);
    expect(feed.isEmpty).toBe(true);
  });
});
