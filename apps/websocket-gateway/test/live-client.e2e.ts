import { LiveClient, type LiveHandlers, type LiveState } from '@shadower/live-client';
import { freshDatabase, redisDatabase, type TestDatabase } from '@shadower/tools/testing';
import { TestGateway } from './gateway';

const HEARTBEAT_MS = 500;

/** Waits for a condition that the client's callbacks bring about. */
async function until(condition: () => boolean, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Everything that a client tells its user, in order. */
class Diary {
  readonly states: LiveState[] = [];
  readonly problems: unknown[] = [];
  readonly lines: string[] = [];
  readonly handlers: LiveHandlers = {
    start: () => this.lines.push('start'),
    event: ({ data }) => this.lines.push(`event ${String((data as Record<string, unknown>)['n'])}`),
    gap: ({ reason }) => this.lines.push(reason),
    refused: ({ code }) => this.lines.push(code),
  };
}

describe('the live client', () => {
  let database: TestDatabase;
  let redisUrl: string;
  let gateways: TestGateway[];
  const clients: LiveClient[] = [];

  const start = (): Promise<TestGateway> => TestGateway.start({ databaseUrl: database.url, redisUrl, heartbeatMs: HEARTBEAT_MS });
  const publish = (n: number) => gateways.at(-1)!.publish('acme', { ch: 'alerts', data: { n } });
  /** A client that buys its tickets at the newest gateway. */
  const open = (diary: Diary, url = async () => gateways.at(-1)!.url(`?ticket=${await gateways.at(-1)!.ticket('acme')}`)): LiveClient => {
    const client = new LiveClient({ url, onState: (state, problem) => void (diary.states.push(state), diary.problems.push(problem)) });
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    [database, redisUrl] = await Promise.all([freshDatabase(), redisDatabase()]);
    gateways = [await start()];
  });
  afterEach(() => clients.splice(0).forEach((client) => client.close()));
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await database.drop();
  });

  it('starts, receives, and stops when told', async () => {
    const diary = new Diary();
    const stop = open(diary).subscribe('alerts', diary.handlers);
    await until(() => diary.lines.includes('start'));
    await publish(1);
    await until(() => diary.lines.includes('event 1'));
    stop();
    await publish(2);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(diary.lines).toEqual(['start', 'event 1']);
    expect(diary.states).toEqual(['connecting', 'open']);
  });

  it('moves to another gateway when its own goes away, and misses nothing', async () => {
    const diary = new Diary();
    open(diary).subscribe('alerts', diary.handlers);
    await until(() => diary.lines.includes('start'));
    await publish(1);
    await until(() => diary.lines.includes('event 1'));
    const leaving = gateways.pop()!;
    gateways.push(await start());
    await leaving.stop();
    for (const n of [2, 3]) await publish(n);
    await until(() => diary.lines.includes('event 3'));
    await publish(4);
    await until(() => diary.lines.includes('event 4'));
    expect(diary.lines).toEqual(['start', 'event 1', 'event 2', 'event 3', 'event 4']);
    expect(diary.states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open']);
  }, 20_000);

  it('comes back with a fresh ticket when its token expires', async () => {
    const diary = new Diary();
    open(diary, async () => gateways.at(-1)!.url(`?ticket=${await gateways.at(-1)!.ticket('acme', Date.now() + 700)}`)).subscribe('alerts', diary.handlers);
    await until(() => diary.states.filter((state) => state === 'open').length === 2);
    await publish(5);
    await until(() => diary.lines.includes('event 5'));
    expect(diary.lines[0]).toBe('start');
    expect(diary.lines).not.toContain('epoch_changed');
  });

  it('misses nothing on a quiet channel, however much the others carried while it was connected', async () => {
    const diary = new Diary();
    const client = open(diary);
    client.subscribe('alerts', diary.handlers);
    await until(() => diary.lines.includes('start'));
    const others = (active_users: number) => gateways.at(-1)!.publish('acme', { ch: 'metrics', data: { buckets: [], active_users } });
    for (let n = 0; n < 1_100; n += 1) await others(n);
    // A position that would gain less than half a heartbeat is not told.
    await new Promise((resolve) => setTimeout(resolve, HEARTBEAT_MS));
    await others(1_100);
    await new Promise((resolve) => setTimeout(resolve, 2 * HEARTBEAT_MS));
    (client as unknown as { lost(): void }).lost();
    await until(() => diary.states.at(-1) === 'open' && diary.states.length > 2);
    await publish(6);
    await until(() => diary.lines.includes('event 6') || diary.lines.includes('history_incomplete'));
    expect(diary.lines).toEqual(['start', 'event 6']);
  });

  it('keeps trying while it can get no ticket', async () => {
    const diary = new Diary();
    let refusals = 0;
    const url = async (): Promise<string> => {
      if ((refusals += 1) <= 2) throw new Error('the API is away');
      return gateways.at(-1)!.url(`?ticket=${await gateways.at(-1)!.ticket('acme')}`);
    };
    open(diary, url);
    await until(() => diary.states.includes('open'));
    expect(diary.states).toEqual(['connecting', 'waiting', 'connecting', 'waiting', 'connecting', 'open']);
  });

  it('gives up when the gateway will not have what it says', async () => {
    const diary = new Diary();
    let bought = 0;
    const client = open(diary, async () => {
      bought += 1;
      return gateways.at(-1)!.url(`?ticket=${await gateways.at(-1)!.ticket('acme')}`);
    });
    await until(() => diary.states.includes('open'));
    (client as unknown as { socket: WebSocket }).socket.send('[]');
    await until(() => diary.states.includes('refused'));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(diary.states).toEqual(['connecting', 'open', 'refused']);
    expect(diary.problems.at(-1)).toMatchObject({ code: 'bad_request' });
    expect(bought).toBe(1);
  });

  it('notices a gateway that is silent, and connects anew', async () => {
    const diary = new Diary();
    const client = open(diary);
    await until(() => diary.states.includes('open'));
    // No real part can fall silent on loopback without closing: the client's own ear is covered instead.
    (client as unknown as { socket: WebSocket }).socket.onmessage = null;
    await until(() => diary.states.at(-1) === 'open' && diary.states.length > 2);
    expect(diary.states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open']);
  });
});
