import type { ServerMessage } from '@shadower/domain';
import { eventFrame } from './server-frame';
import { Subscription, type Outlet } from './subscription';

/** Records what a client would see; `room` says whether its buffer takes more. */
class Client implements Outlet {
  room = true;
  readonly seen: string[] = [];

  offer(bytes: Buffer): boolean {
    if (this.room) this.seen.push((JSON.parse(String(bytes)) as { offset: string }).offset);
    return this.room;
  }

  tell(message: ServerMessage): boolean {
    if (this.room) this.seen.push(message.type === 'sub.ok' ? `sub.ok ${message.offset} ${message.recovered}` : message.type);
    return this.room;
  }
}

const frame = (n: number) => eventFrame('alerts', { offset: `${n}-0`, ts: '2026-11-23T12:00:00.000Z', data: {} });
const at = (n: number, epoch = 'e') => ({ epoch, offset: `${n}-0` });
const fresh = (n: number) => ({ at: at(n), recovered: false, snapshot: null });

function subscribed(since?: { epoch: string; offset: string }) {
  const client = new Client();
  return { client, subscription: new Subscription('s', 'alerts', client, since) };
}

describe('Subscription', () => {
  it('holds frames back while it opens, then sends those after its beginning, in order and once', () => {
    const { client, subscription } = subscribed();
    subscription.hold();
    [4, 5, 6, 7].forEach((n) => subscription.deliver(frame(n)));
    expect(client.seen).toEqual([]);
    subscription.begin(fresh(5));
    subscription.deliver(frame(7));
    subscription.deliver(frame(8));
    expect(client.seen).toEqual(['sub.ok 5-0 false', '6-0', '7-0', '8-0']);
  });

  it('puts what was missed before what was held back', () => {
    const { client, subscription } = subscribed(at(1));
    subscription.hold();
    subscription.deliver(frame(4));
    subscription.begin({ at: at(1), recovered: true, snapshot: null }, [frame(2), frame(3), frame(4)]);
    expect(client.seen).toEqual(['sub.ok 1-0 true', '2-0', '3-0', '4-0']);
  });

  it('sends nothing more once the client had no room, and knows from where to go on', () => {
    const { client, subscription } = subscribed();
    subscription.hold();
    subscription.begin(fresh(1));
    subscription.deliver(frame(2));
    client.room = false;
    subscription.deliver(frame(3));
    client.room = true;
    subscription.deliver(frame(4));
    expect(client.seen).toEqual(['sub.ok 1-0 false', '2-0']);
    expect(subscription).toMatchObject({ behind: true, position: at(2) });
  });

  it('is behind, not wrong, when too many frames wait', () => {
    const { client, subscription } = subscribed();
    subscription.hold();
    for (let n = 1; n <= 1_500; n += 1) subscription.deliver(frame(n));
    subscription.begin(fresh(0));
    expect(client.seen).toHaveLength(1_001);
    expect(subscription).toMatchObject({ behind: true, position: at(1_000) });
  });

  it('forgets its position only when the client was told of the gap', () => {
    const { client, subscription } = subscribed(at(3, 'old'));
    client.room = false;
    expect(subscription.announceGap(at(9))).toBe(false);
    expect(subscription.position).toEqual(at(3, 'old'));
    client.room = true;
    expect(subscription.announceGap(at(9))).toBe(true);
    expect(subscription.position).toBeUndefined();
  });

  it('knows that an attempt to open was overtaken, by a newer one or by the end', () => {
    const { client, subscription } = subscribed();
    const first = subscription.hold();
    const second = subscription.hold();
    expect([first(), second()]).toEqual([true, false]);
    subscription.end();
    expect(second()).toBe(true);
    subscription.deliver(frame(1));
    expect(client.seen).toEqual([]);
  });

  it('moves the position of a quiet channel on, when that gains enough, and only forward', () => {
    const { client, subscription } = subscribed();
    subscription.hold();
    subscription.begin(fresh(100));
    subscription.confirm(at(104), 5);
    subscription.confirm(at(99), 5);
    subscription.confirm(at(105), 5);
    subscription.deliver(frame(105));
    subscription.deliver(frame(106));
    expect(client.seen).toEqual(['sub.ok 100-0 false', 'sub.ok 105-0 true', '106-0']);
    expect(subscription.position).toEqual(at(106));
  });

  it.each<[string, (subscription: Subscription, client: Client) => void]>([
    ['is opening', (subscription) => void subscription.hold()],
    ['is behind', (subscription) => subscription.postpone()],
    ['has ended', (subscription) => subscription.end()],
    ['stands in another history', (subscription) => (subscription.position = at(100, 'old'))],
    ['was told of a gap', (subscription) => void subscription.announceGap(at(150))],
    ['has no room', (_, client) => (client.room = false)],
  ])('leaves the position where it is while the subscription %s', (_, become) => {
    const { client, subscription } = subscribed(at(100));
    become(subscription, client);
    const before = subscription.position;
    subscription.confirm(at(200), 5);
    expect(subscription.position).toEqual(before);
    expect(client.seen.filter((line) => line.startsWith('sub.ok'))).toEqual([]);
  });
});
