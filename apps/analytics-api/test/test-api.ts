import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { TokenService } from '@shadower/auth';
import type { Role } from '@shadower/domain';
import { bootstrap } from '@shadower/telemetry';
import { freshDatabase, redisDatabase, type TestDatabase } from '@shadower/tools/testing';
import { DataSource } from 'typeorm';
import { Contract } from './contract';

// The first start compiles every module, perhaps on a busy machine.
jest.setTimeout(60_000);

export interface Answer {
  status: number;
  headers: Headers;
  // What it is depends on the route; the tests say what they expect.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

/** The whole API on a database and a Redis of its own, called over HTTP. Every answer is compared with the OpenAPI document. */
export class TestApi {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly url: string,
    readonly database: TestDatabase,
    /** What the server really routes: `GET /api/v1/...`. */
    readonly routes: string[],
    private readonly contract: Contract,
  ) {}

  /**
   * `env`: variables that differ from the defaults. One a test file: the environment is read when the app's modules load.
   * `detour`: gives the app another way to its database than the direct one.
   */
  static async start(env: Record<string, string> = {}, detour: (databaseUrl: string) => Promise<string> = (url) => Promise.resolve(url)): Promise<TestApi> {
    const database = await freshDatabase();
    Object.assign(process.env, { DATABASE_URL: await detour(database.url), REDIS_URL: await redisDatabase(), LOG_LEVEL: 'error', SHUTDOWN_GRACE_MS: '0', ...env });
    // Only now: these modules read the environment.
    const { AppModule } = jest.requireActual<typeof import('../src/app.module')>('../src/app.module');
    const { configureHttp } = jest.requireActual<typeof import('../src/http/configure-http')>('../src/http/configure-http');
    const { openApiOf } = jest.requireActual<typeof import('../src/http/open-api')>('../src/http/open-api');
    const routes: string[] = [];
    const configure = (made: NestFastifyApplication): void => {
      made.getHttpAdapter().getInstance().addHook('onRoute', ({ method, url }) => void routes.push(`${String(method)} ${url}`));
      configureHttp(made);
    };
    const app = await bootstrap(AppModule, { port: 0, host: '127.0.0.1', configure });
    return new TestApi(app, await app.getUrl(), database, routes, new Contract(openApiOf(app)));
  }

  get dataSource(): DataSource {
    return this.app.get(DataSource);
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.database.drop();
  }

  token(workspaces: Record<string, Role>, { user = 'tester', operator = false } = {}): Promise<string> {
    return this.app.get(TokenService).signToken(user, workspaces, '1h', operator);
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
    const mediaType = response.headers.get('content-type')?.split(';')[0] ?? '';
    const parsed = mediaType.includes('json') ? JSON.parse(text) : text;
    const complaint = this.contract.complaint(method, path.split('?')[0] ?? '', { status: response.status, headers: response.headers, body: parsed });
    if (complaint) throw new Error(complaint);
    return { status: response.status, headers: response.headers, body: parsed };
  }
}
