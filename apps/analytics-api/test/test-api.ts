import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Role } from '@shadower/domain';
import { bootstrap } from '@shadower/telemetry';
import { freshDatabase, redisDatabase, type TestDatabase } from '@shadower/tools/testing';
import { DataSource } from 'typeorm';

export interface Answer {
  status: number;
  headers: Headers;
  // What it is depends on the route; the tests say what they expect.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

/** The whole API on a database and a Redis of its own, called over HTTP. */
export class TestApi {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly url: string,
    readonly database: TestDatabase,
  ) {}

  /** `env`: variables that differ from the defaults. One a test file: the environment is read when the app's modules load. */
  static async start(env: Record<string, string> = {}): Promise<TestApi> {
    const database = await freshDatabase();
    Object.assign(process.env, { DATABASE_URL: database.url, REDIS_URL: await redisDatabase(), LOG_LEVEL: 'error', SHUTDOWN_GRACE_MS: '0', ...env });
    const { AppModule } = await import('../src/app.module');
    const { configureHttp } = await import('../src/http/configure-http');
    const app = await bootstrap(AppModule, { port: 0, host: '127.0.0.1', configure: configureHttp });
    return new TestApi(app, await app.getUrl(), database);
  }

  get dataSource(): DataSource {
    return this.app.get(DataSource);
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.database.drop();
  }

  async token(workspaces: Record<string, Role>, user = 'tester'): Promise<string> {
    const { TokenService } = await import('@shadower/auth');
    return this.app.get(TokenService).signToken(user, workspaces, '1h');
  }

  /** `body`: a value to send as JSON, or text or bytes as they are. */
  async call(method: string, path: string, { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {}): Promise<Answer> {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(this.url + path, {
      method,
      headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? undefined : raw ? (body as BodyInit) : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text };
  }
}
