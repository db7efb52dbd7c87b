import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpAdapterHost } from '@nestjs/core';
import { AppError, CLOSE_CODES, LIVE_SUBPROTOCOL, type LiveTicket, type ServerMessage } from '@shadower/domain';
import { captureException } from '@shadower/telemetry';
import { captureLogs } from '@shadower/telemetry/testing';
import { WebSocket } from 'ws';
import type { Identity } from './identity';
import { LiveGateway } from './live-gateway';
import type { LiveHub } from './live-hub';

jest.mock('@shadower/telemetry', () => ({ ...jest.requireActual<object>('@shadower/telemetry'), captureException: jest.fn() }));

const VISITOR: LiveTicket = { user_id: 'ada', workspace_id: 'acme', expires_at: Date.now() + 60_000 };

describe('LiveGateway', () => {
  let server: Server;
  let gateway: LiveGateway;
  let identify: () => Promise<LiveTicket>;

  /** What a visitor hears, and how it ends. */
  const visit = async (): Promise<{ frames: ServerMessage[]; code: number }> => {
    const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/live?ticket=t`, LIVE_SUBPROTOCOL);
    const frames: ServerMessage[] = [];
    socket.on('message', (data) => void frames.push(JSON.parse(String(data)) as ServerMessage));
    const [code] = (await once(socket, 'close')) as [number];
    return { frames, code };
  };

  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    gateway = new LiveGateway({ allowedOrigins: [], maxConnections: 10, heartbeatMs: 25_000 }, { httpAdapter: { getHttpServer: () => server } } as unknown as HttpAdapterHost, { of: () => identify() } as unknown as Identity, {} as LiveHub);
    gateway.onApplicationBootstrap();
  });
  afterEach(async () => {
    await gateway.beforeApplicationShutdown();
    await new Promise((resolve) => server.close(resolve));
  });

  it('says good-bye to a visitor that is let in while it goes away', async () => {
    let asked: () => void = () => undefined;
    const inquiry = new Promise<void>((resolve) => (asked = resolve));
    let tell: (visitor: LiveTicket) => void = () => undefined;
    identify = () => {
      asked();
      return new Promise((resolve) => (tell = resolve));
    };
    const visited = visit();
    await inquiry;
    const gone = gateway.beforeApplicationShutdown();
    tell(VISITOR);
    const { frames, code } = await visited;
    expect(frames).toEqual([expect.objectContaining({ type: 'hello' }), { type: 'bye', retry_ms: expect.any(Number) }]);
    expect(code).toBe(CLOSE_CODES.drain);
    await gone;
  });

  it.each([
    ['a bug: it is logged and reported, as the visitor is told', new TypeError('a bug'), ['visitor not let in'], 1],
    ['an expected reason: nobody has to act', new AppError('unavailable', 'Redis is away'), [], 0],
  ])('sends a visitor away for %s', async (_, error, lines, reports) => {
    jest.mocked(captureException).mockClear();
    identify = () => Promise.reject(error);
    const logs = captureLogs();
    const { frames, code } = await visit();
    logs.stop();
    expect(frames).toEqual([{ type: 'err', problem: expect.objectContaining({ code: error instanceof AppError ? 'unavailable' : 'internal' }) }]);
    expect(code).toBe(CLOSE_CODES.overload);
    expect(logs.lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual(lines);
    expect(captureException).toHaveBeenCalledTimes(reports);
  });
});
