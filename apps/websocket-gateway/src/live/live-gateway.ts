import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AppError, CLOSE_CODES, LIVE_LIMITS, LIVE_SUBPROTOCOL, type LiveTicket } from '@shadower/domain';
import { captureException, counter, getLogger, isExpected, onScrape, problemOf, runSocketMessage } from '@shadower/telemetry';
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws';
import { checkUpgrade, credentialsOf } from './admission';
import { refusalReason } from './close-reason';
import { Connection } from './connection';
import { Identity } from './identity';
import { LIVE_CONFIG, type LiveConfig } from './live-config';
import { LiveHub } from './live-hub';
import { refuseUpgrade } from './refuse-upgrade';
import { encode } from './server-frame';

const CHECK_MS = 250;
/** How long a client may take to answer our close before the socket is cut. */
const CLOSE_PATIENCE_MS = 2_000;
/** `closeTimeout` is newer than the type declarations. */
const OPTIONS: ServerOptions & { closeTimeout: number } = {
  noServer: true,
  clientTracking: false,
  // The header was checked before; of what a client offers, we speak one.
  handleProtocols: () => LIVE_SUBPROTOCOL,
  maxPayload: LIVE_LIMITS.frameBytes,
  maxFragments: 64,
  maxBufferedChunks: 1_024,
  closeTimeout: CLOSE_PATIENCE_MS,
};
const logger = getLogger('live');

/** Clients come back spread over some seconds, so that the other replicas are not overrun. */
const drainRetryMs = (): number => Math.round(500 + Math.random() * 4_500);

/** The visitor is told that it was reported, so it is. */
function report(error: unknown): void {
  if (isExpected(error)) return;
  logger.error({ err: error }, 'visitor not let in');
  captureException(error, { endpoint: 'websocket upgrade' });
}

/** What can be said of the service at a moment. */
export interface LiveState {
  /** Upgrades of the port come here, and are not all turned away. */
  accepting: boolean;
  connections: number;
  capacity: number;
  /** Since when nobody has sent pings and ended what must end; more than a quarter of a second is late. */
  watchedAgoMs: number;
}

/** The WebSocket server, on the same port as health and metrics: lets visitors in, watches over them, and says good-bye. */
@Injectable()
export class LiveGateway implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly server = new WebSocketServer(OPTIONS);
  private readonly connections = new Set<Connection>();
  private arriving = 0;
  private draining = false;
  private timer?: NodeJS.Timeout;
  private watchedAt = -Infinity;

  constructor(
    @Inject(LIVE_CONFIG) private readonly config: LiveConfig,
    private readonly host: HttpAdapterHost,
    private readonly identity: Identity,
    private readonly hub: LiveHub,
  ) {}

  onApplicationBootstrap(): void {
    const http = this.host.httpAdapter.getHttpServer() as Server;
    http.on('upgrade', (request, socket, head) => void this.upgrade(request, socket, head));
    this.watchedAt = performance.now();
    onScrape('websocket_connections_active', () => [{ labels: {}, value: this.connections.size }]);
    this.timer = setInterval(() => this.checkAll(), Math.min(CHECK_MS, this.config.heartbeatMs / 4));
  }

  /** Readiness is off already. Clients are told when to come back; a visitor that is being let in is waited for and told the same. */
  async beforeApplicationShutdown(): Promise<void> {
    this.draining = true;
    clearInterval(this.timer);
    for (const connection of this.connections) connection.drain(drainRetryMs());
    for (let waited = 0; this.connections.size + this.arriving > 0 && waited < CLOSE_PATIENCE_MS; waited += 50) await pause(50);
    for (const connection of this.connections) connection.terminate();
  }

  /** `now` is a monotonic time in ms. */
  state(now: number): LiveState {
    const http = this.host.httpAdapter.getHttpServer() as Server;
    const accepting = !this.draining && http.listening && http.listenerCount('upgrade') > 0;
    return { accepting, connections: this.connections.size, capacity: this.config.maxConnections, watchedAgoMs: now - this.watchedAt };
  }

  private checkAll(): void {
    const [now, wallClock] = [performance.now(), Date.now()];
    for (const connection of this.connections) connection.check(now, wallClock);
    this.watchedAt = now;
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    this.arriving += 1;
    try {
      if (this.draining) throw new AppError('unavailable', 'This gateway is shutting down.', { retryAfterMs: 1_000 });
      checkUpgrade(request, this.config.allowedOrigins);
      const visitor = await this.identify(request);
      this.server.handleUpgrade(request, socket, head, (webSocket) => this.welcome(webSocket, visitor));
    } catch (error) {
      report(error);
      counter('websocket_connections_total').inc({ result: 'refused', reason: error instanceof AppError && error.code === 'forbidden' ? 'origin' : refusalReason(error) });
      refuseUpgrade(socket, error);
    } finally {
      this.arriving -= 1;
    }
  }

  /** Who it is, or why it may not come in: that is told over the socket, for a browser shows its page no other answer. */
  private async identify(request: IncomingMessage): Promise<LiveTicket | { refused: unknown }> {
    try {
      if (this.connections.size + this.arriving > this.config.maxConnections) throw new AppError('unavailable', 'This gateway has no room for another connection right now.', { retryAfterMs: 2_000 });
      return await this.identity.of(credentialsOf(request));
    } catch (error) {
      report(error);
      return { refused: error };
    }
  }

  private welcome(socket: WebSocket, visitor: LiveTicket | { refused: unknown }): void {
    if ('refused' in visitor) return this.turnAway(socket, visitor.refused);
    const connection = new Connection(socket, visitor, this.hub, this.config.heartbeatMs);
    this.connections.add(connection);
    socket.on('close', () => this.connections.delete(connection));
    connection.open();
    // The shutdown may have begun while it was asked who this is, and has then passed over this connection.
    if (this.draining) connection.drain(drainRetryMs());
  }

  private turnAway(socket: WebSocket, error: unknown): void {
    const reason = refusalReason(error);
    counter('websocket_connections_total').inc({ result: 'refused', reason });
    socket.on('error', (err) => logger.debug({ err }, 'refused socket failed'));
    runSocketMessage({ direction: 'out', message_type: 'err' }, () => socket.send(encode({ type: 'err', problem: problemOf(error) }), { binary: false }));
    socket.close(CLOSE_CODES[reason], reason);
  }
}
