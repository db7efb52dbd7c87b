import { HealthRegistry } from '@shadower/telemetry';
import type { LiveGateway, LiveState } from './live-gateway';
import { LiveHealth } from './live-health';

const FINE: LiveState = { accepting: true, connections: 3, capacity: 10, watchedAgoMs: 120.4 };

/** What the check says of a gateway in such a state. */
async function verdict(state: Partial<LiveState>) {
  const health = new HealthRegistry();
  new LiveHealth({ state: () => ({ ...FINE, ...state }) } as unknown as LiveGateway, health);
  expect(health.names('required')).toEqual(['websocket']);
  return health.probe('websocket', 0);
}

it.each<[string, Partial<LiveState>, object]>([
  ['is up with its facts', {}, { status: 'up', facts: { connections: 3, capacity: 10, watched_ms_ago: 120 } }],
  ['is up when it is full: it still tells visitors so', { connections: 10 }, { status: 'up' }],
  ['is down when upgrades are not taken', { accepting: false }, { status: 'down', error: 'no connections are taken' }],
  ['is down when nobody looks after the sockets', { watchedAgoMs: 10_001 }, { status: 'down', error: 'nobody has looked after the connections for 10001 ms' }],
])('the WebSocket service %s', async (_, state, expected) => {
  expect(await verdict(state)).toMatchObject(expected);
});
