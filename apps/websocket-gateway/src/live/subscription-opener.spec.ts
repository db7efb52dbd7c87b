import type { LivePosition, ServerMessage } from '@shadower/domain';
import type { LiveStream } from '@shadower/redis';
import { Feed } from './feed';
import type { SnapshotReader } from './snapshot-reader';
import { Subscription } from './subscription';
import { SubscriptionOpener } from './subscription-opener';

const at = (epoch: string, n: number): LivePosition => ({ epoch, offset: `${n}-0` });

/** A feed that began in the history `old`, and a client that knows a place in it. */
function running() {
  const told: ServerMessage[] = [];
  const history = jest.fn(async (_workspaceId: string, since: LivePosition) => ({ position: at('old', 9), recovered: since.epoch === 'old', records: [] }));
  const opener = new SubscriptionOpener({ history } as unknown as LiveStream, { fresh: async () => null } as unknown as SnapshotReader);
  const feed = new Feed('acme', () => undefined);
  feed.position = at('old', 5);
  const subscription = new Subscription('s', 'alerts', { offer: () => true, tell: (message) => told.push(message) > 0 }, at('old', 3));
  feed.add(subscription);
  return { told, history, opener, feed, subscription };
}

describe('SubscriptionOpener', () => {
  it('resumes from history while that is the one the client knows', async () => {
    const { told, history, opener, feed, subscription } = running();
    await opener.open(feed, subscription);
    expect(history).toHaveBeenCalledTimes(1);
    expect(told).toEqual([expect.objectContaining({ type: 'sub.ok', recovered: true, offset: '3-0' })]);
  });

  it('asks Redis nothing about a history that the feed knows to be over', async () => {
    const { told, history, opener, feed, subscription } = running();
    feed.restart(at('new', 1));
    await opener.open(feed, subscription);
    expect(history).not.toHaveBeenCalled();
    expect(told).toEqual([expect.objectContaining({ type: 'gap', reason: 'epoch_changed', ...at('new', 1) }), expect.objectContaining({ type: 'sub.ok', recovered: false, ...at('new', 1) })]);
  });

  it('asks about a history that the feed has not heard of, which may be newer than its own', async () => {
    const { history, opener, feed, subscription } = running();
    subscription.position = at('newest', 1);
    await opener.open(feed, subscription);
    expect(history).toHaveBeenCalledTimes(1);
  });
});
