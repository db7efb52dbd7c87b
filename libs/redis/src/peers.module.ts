import { Inject, Injectable, Module, type DynamicModule } from '@nestjs/common';
import { DependencyUnknown, HealthRegistry } from '@shadower/telemetry';
import type { Redis } from 'ioredis';
import { REDIS } from './tokens';

/** What an app cannot see from inside itself, by the name of its health check, and the service that offers it. */
export type Peers = Readonly<Record<string, string>>;

const PEERS = Symbol('PEERS');

/** How many processes of a service are among the clients that Redis lists for a database: each has one `command` connection, named by `connect`. */
export function processesOf(service: string, database: number, clients: string): number {
  const ours = (fields: string[]): boolean => fields.includes(`name=${service}:command`) && fields.includes(`db=${database}`);
  return clients.split('\n').filter((client) => ours(client.split(' '))).length;
}

/** Says whether a service is there by its connection to the Redis that all share: nobody has to know an address or to write a sign of life. */
@Injectable()
export class PeersHealth {
  constructor(@Inject(REDIS) private readonly redis: Redis, @Inject(PEERS) peers: Peers, health: HealthRegistry) {
    for (const [name, service] of Object.entries(peers)) health.register({ name, criticality: 'optional', check: () => this.check(service) });
  }

  private async check(service: string): Promise<Record<string, unknown>> {
    // Without Redis nothing is known of others, and its own check says so.
    const clients = await this.redis.client('LIST').catch(() => undefined);
    if (clients === undefined) throw new DependencyUnknown('Redis, which knows of it, does not answer');
    const processes = processesOf(service, this.redis.options.db ?? 0, String(clients));
    if (processes === 0) throw new Error(`no ${service} is connected to Redis`);
    return { processes };
  }
}

/** Puts the services that work beside this app on the list of its health. */
@Module({})
export class PeersModule {
  static forRoot(peers: Peers): DynamicModule {
    return { module: PeersModule, providers: [{ provide: PEERS, useValue: peers }, PeersHealth] };
  }
}
