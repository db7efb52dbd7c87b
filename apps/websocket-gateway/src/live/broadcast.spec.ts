import { readMetric } from '@shadower/telemetry/testing';
import { broadcast } from './broadcast';
import { eventFrame } from './server-frame';
import { Subscription } from './subscription';

const item = (n: number) => ({ offset: `${n}-0`, ts: new Date().toISOString(), data: {} });
const at = (n: number) => ({ epoch: 'e', offset: `${n}-0` });
const counted = async () => [await readMetric('websocket_messages_total', { direction: 'out', message_type: 'ev' }), await readMetric('live_delivery_seconds')];

describe('broadcast', () => {
  it('counts the frames that were sent, each once for each socket, and times those that were sent at once', async () => {
    let room = true;
    const make = () => new Subscription('s', 'alerts', { offer: () => room, tell: () => true }, at(1));
    const [one, another, opening, behind, ahead] = [make(), make(), make(), make(), make()];
    opening.hold();
    behind.postpone();
    ahead.position = at(9);
    const to = new Set([one, another, opening, behind, ahead]);
    broadcast('acme', 'alerts', item(2), to);
    expect(await counted()).toEqual([2, 2]);
    opening.begin({ at: at(0), recovered: true, snapshot: null }, [eventFrame('alerts', item(1))]);
    expect(await counted()).toEqual([4, 2]);
    room = false;
    broadcast('acme', 'alerts', item(3), to);
    expect(await counted()).toEqual([4, 2]);
  });
});
