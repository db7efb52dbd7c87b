import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { authEnv, AuthModule, TokenService } from '@shadower/auth';
import { databaseEnv, DatabaseModule } from '@shadower/database';
import type { LiveEntry, Role } from '@shadower/domain';
import { LiveStream, redisEnv, RedisModule, TicketStore } from '@shadower/redis';
import { ProblemFilter, TelemetryModule } from '@shadower/telemetry';
import { z } from 'zod';
import type { LiveConfig } from '../src/live/live-config';
import { LiveModule } from '../src/live/live.module';
import { LivePageModule } from '../src/live-page/live-page.module';
import { LiveClient } from './client';

const env = z.object({ ...databaseEnv, ...redisEnv, ...authEnv });

export interface GatewayOptions extends Partial<LiveConfig> {
  databaseUrl: string;
  redisUrl: string;
  /** 0 when left out: the system chooses one. */
  port?: number;
}

/** A gateway in this process, on a port of the system's choice: the real modules, without `config.ts`. */
export class TestGateway {
  private constructor(
    private readonly app: NestFastifyApplication,
    readonly port: number,
  ) {}

  static async start({ databaseUrl, redisUrl, allowedOrigins = [], maxConnections = 1_000, heartbeatMs = 25_000, port = 0 }: GatewayOptions): Promise<TestGateway> {
    const config = env.parse({ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl });
    @Module({
      imports: [TelemetryModule.forRoot(), DatabaseModule.forRoot(config), RedisModule.forRoot(config), AuthModule.forRoot(config), LivePageModule, LiveModule.forRoot({ allowedOrigins, maxConnections, heartbeatMs })],
    })
    class GatewayUnderTest {}
    const app = await NestFactory.create<NestFastifyApplication>(GatewayUnderTest, new FastifyAdapter(), { logger: false });
    app.useGlobalFilters(new ProblemFilter());
    await app.listen(port, '127.0.0.1');
    return new TestGateway(app, Number(new URL(await app.getUrl()).port));
  }

  url(query = ''): string {
    return `ws://127.0.0.1:${this.port}/live${query}`;
  }

  token(workspaces: Record<string, Role>, expiresIn?: string): Promise<string> {
    return this.app.get(TokenService).signToken('ada', workspaces, expiresIn);
  }

  ticket(workspaceId: string, expiresAt = Date.now() + 3_600_000): Promise<string> {
    return this.app.get(TicketStore).issue({ user_id: 'ada', workspace_id: workspaceId, expires_at: expiresAt });
  }

  /** A client that was let in with a fresh ticket, and has read its `hello`. */
  async connect(workspaceId: string, expiresAt?: number): Promise<LiveClient> {
    const client = new LiveClient(this.url(`?ticket=${await this.ticket(workspaceId, expiresAt)}`));
    await client.next('hello');
    return client;
  }

  publish(workspaceId: string, entry: Omit<LiveEntry, 'ts'>): Promise<boolean> {
    return this.app.get(LiveStream).publish(workspaceId, { ts: new Date().toISOString(), ...entry });
  }

  stop(): Promise<void> {
    return this.app.close();
  }
}
