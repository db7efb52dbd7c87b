import { rmSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DATA_DIR } from '../stack/paths';
import { recordProcess } from '../stack/pid-file';
import { APP_PORTS, runningStack, stackFile } from '../stack/running-stack';
import { Stack } from '../stack/stack';
import { stepsOnStdout } from '../stack/step';
import { until } from '../stack/until';
import { welcome } from './welcome';

const PORTS = { ...APP_PORTS, postgres: 25_432, redis: 26_379 };

/** One start a data folder. One that was told to end a moment ago gets the time to do so. */
async function claim(dataDir: string): Promise<void> {
  const free = await until(() => (runningStack(dataDir) ? undefined : true), 5_000, 100);
  const other = runningStack(dataDir);
  if (!free && other) throw new Error(`npm start already runs here as process ${other.pid}${other.urls ? ` (${other.urls['analytics-api']}/docs)` : ''}; end it first: kill ${other.pid}`);
  recordProcess(stackFile(dataDir), process.pid);
}

/** Resolves when somebody asks us to end: Ctrl-C, a signal, or the end of the process that started us. */
function endAsked(): Promise<'asked'> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => done('asked'));
    process.on('disconnect', () => done('asked'));
  });
}

async function run(dataDir: string): Promise<number> {
  const asked = endAsked();
  await claim(dataDir);
  const stack = new Stack({ dataDir, ports: PORTS, env: process.env, step: stepsOnStdout() });
  const began = performance.now();
  const started = stack.start();
  const first = await Promise.race([started, asked]);
  if (first !== 'asked') {
    recordProcess(stackFile(dataDir), process.pid, { urls: stack.urls, databaseUrl: stack.databaseUrl, redisUrl: stack.redisUrl });
    console.log(await welcome(stack, dataDir, performance.now() - began));
  }
  const end = first === 'asked' ? first : await Promise.race([stack.unexpectedEnd, asked]);
  console.log(end === 'asked' ? '\nstopping …' : `\n${end.name} ${end.how}:\n${end.lastLines}\n\nstopping the rest …`);
  started.catch(() => undefined);
  await stack.stop();
  console.log(`stopped; the data stays in ${relative(process.cwd(), dataDir) || dataDir}`);
  return end === 'asked' ? 0 : 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { data: { type: 'string', default: DATA_DIR } } });
  const dataDir = resolve(values.data);
  try {
    process.exitCode = await run(dataDir);
  } catch (error) {
    console.error(`\nnpm start failed: ${(error as Error).message}`);
    process.exitCode = 1;
  } finally {
    if (runningStack(dataDir)?.pid === process.pid) rmSync(stackFile(dataDir), { force: true });
    if (process.connected) process.disconnect();
    await sleep(0);
  }
}

void main();
