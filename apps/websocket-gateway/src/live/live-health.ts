import { Injectable } from '@nestjs/common';
import { HealthRegistry } from '@shadower/telemetry';
import { LiveGateway } from './live-gateway';

/** Far more than a busy process is ever late. */
const WATCH_PATIENCE_MS = 10_000;

/** The service that this app is: it takes upgrades, and looks after the sockets it has. */
@Injectable()
export class LiveHealth {
  constructor(
    private readonly gateway: LiveGateway,
    health: HealthRegistry,
  ) {
    health.register({ name: 'websocket', criticality: 'required', check: async () => this.check() });
  }

  private check(): Record<string, unknown> {
    const { accepting, connections, capacity, watchedAgoMs } = this.gateway.state(performance.now());
    if (!accepting) throw new Error('no connections are taken');
    if (watchedAgoMs > WATCH_PATIENCE_MS) throw new Error(`nobody has looked after the connections for ${Math.round(watchedAgoMs)} ms`);
    return { connections, capacity, watched_ms_ago: Math.round(watchedAgoMs) };
  }
}
