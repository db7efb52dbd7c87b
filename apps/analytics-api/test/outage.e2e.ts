import { createServer, connect, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { TestApi } from './test-api';

/** PostgreSQL behind a door of ours that can be shut, or left open with nobody behind it. */
class Door {
  private readonly sockets = new Set<Socket>();
  private state: 'open' | 'shut' | 'silent' = 'open';
  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {
    server.on('connection', (socket) => this.enter(socket));
  }

  static async before(url: string): Promise<{ door: Door; url: string }> {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const through = new URL(url);
    const door = new Door(server, new URL(url));
    through.hostname = '127.0.0.1';
    through.port = String((server.address() as AddressInfo).port);
    return { door, url: through.href };
  }

  private enter(socket: Socket): void {
    this.sockets.add(socket.on('error', () => undefined));
    if (this.state === 'shut') return void socket.destroy();
    const inside = connect(Number(this.target.port), this.target.hostname).on('error', () => undefined);
    this.sockets.add(inside);
    inside.on('data', (data) => void (this.state === 'open' && socket.write(data)));
    socket.on('data', (data) => void (this.state === 'open' && inside.write(data)));
    socket.on('close', () => inside.destroy());
    inside.on('close', () => socket.destroy());
  }

  turn(state: 'open' | 'shut' | 'silent'): void {
    this.state = state;
    if (state !== 'silent') for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.turn('shut');
    this.server.close();
  }
}

describe('while PostgreSQL is away', () => {
  let api: TestApi;
  let door: Door;
  let token: string;
  let sent = 0;
  beforeAll(async () => {
    api = await TestApi.start({ DATABASE_STATEMENT_TIMEOUT_MS: '1000' }, async (url) => {
      const made = await Door.before(url);
      door = made.door;
      return made.url;
    });
    token = await api.token({ acme: 'member' });
  });
  afterAll(async () => {
    await api?.stop();
    door?.close();
  });

  const send = (id: string) => api.call('POST', '/api/v1/workspaces/acme/events', { token, body: { events: [{ id, type: 'user.active', time: '2026-11-01T00:00:00Z' }] } });
  const sendUntilKept = async (id: string): Promise<void> => {
    const deadline = Date.now() + 5_000;
    while ((await send(id)).status !== 200) if (Date.now() > deadline) throw new Error('PostgreSQL is back but the API is not');
  };
  const count = async () => (await api.call('GET', '/api/v1/workspaces/acme/overview?from=2026-11-01&to=2026-11-02', { token })).body.totals.events;

  it.each(['shut', 'silent'] as const)('(%s) answers 503 in time, keeps what it acknowledged, and recovers by itself', async (state) => {
    await sendUntilKept(`before ${state}`);
    door.turn(state);
    const started = performance.now();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => send(`${state} ${index}`)));
    expect(performance.now() - started).toBeLessThan(5_000);
    for (const { status, headers, body } of answers) {
      expect({ status, code: body.code }).toEqual({ status: 503, code: 'unavailable' });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await api.call('GET', '/api/v1/workspaces/acme/overview', { token })).status).toBe(503);
    expect((await api.call('GET', '/live')).status).toBe(200);
    door.turn('open');
    for (let index = 0; index < 20; index++) await sendUntilKept(`${state} ${index}`);
    sent += 21;
    expect(await count()).toBe(sent);
  }, 30_000);
});
