import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/paths';
import { APP_NAMES, type AppName } from '../stack/running-stack';
import { Stack } from '../stack/stack';
import { demoToken, type TokenRequest } from '../token/demo-token';
import { freshDatabase, type TestDatabase } from './fresh-database';
import { redisDatabase } from './redis-database';
import { testFolder } from './servers';

/** A line of an application's log. */
export type LogLine = Record<string, unknown> & { level: string; message: string };

/** The three built applications on a database of their own, as processes. */
export interface AppsUnderTest {
  stack: Stack;
  urls: Record<AppName, string>;
  database: TestDatabase;
  token(request?: Partial<TokenRequest>): Promise<string>;
  /** What an application has logged since it started last. */
  logs(name: AppName): LogLine[];
  stop(): Promise<void>;
}

/** What the tests' own process needs of its environment; a developer's settings must not reach the applications. */
const inherited = (): NodeJS.ProcessEnv => ({ PATH: process.env.PATH, HOME: process.env.HOME });

const readLog = (file: string): LogLine[] =>
  readFileSync(file, 'utf8').split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);

/** `node apps/NAME/dist/main.js` for all three, ready, on ports of the operating system's choice. `env` is added to their environment. */
export async function startApps(env: NodeJS.ProcessEnv = {}): Promise<AppsUnderTest> {
  const missing = APP_NAMES.filter((name) => !existsSync(join(ROOT, 'apps', name, 'dist', 'main.js')));
  if (missing.length > 0) throw new Error(`not built: ${missing.join(', ')} (npm run build)`);
  const [database, redisUrl] = await Promise.all([freshDatabase(), redisDatabase()]);
  const dataDir = testFolder();
  const servers = { DATABASE_URL: database.url, DATABASE_MIGRATION_URL: database.adminUrl, REDIS_URL: redisUrl };
  const stack = new Stack({ dataDir, env: { ...inherited(), APP_ENV: 'test', ...servers, ...env } });
  const stop = async (): Promise<void> => {
    await stack.stop();
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await stack.start();
  } catch (error) {
    await stop();
    throw error;
  }
  const token = (request: Partial<TokenRequest> = {}): Promise<string> => demoToken({ workspace: 'demo', ...request });
  return { stack, urls: stack.urls, database, token, stop, logs: (name) => readLog(join(dataDir, 'logs', `${name}.log`)) };
}
