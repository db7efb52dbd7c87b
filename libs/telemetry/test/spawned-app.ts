import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transformSync } from '@swc/core';

const ROOT = join(__dirname, '../../..');

const LONGEST_LIFE_MS = 120_000;

/** Spawned apps load the library as it is built. */
export async function buildTelemetry(): Promise<void> {
  await promisify(execFile)(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b', join(ROOT, 'libs/telemetry')]);
}

export type LogLine = Record<string, unknown> & { logger: string; message: string; level: string };

/** An application of its own, outside of this repository's `apps/`: a temporary package whose only tie is `node_modules`. */
export class SpawnedApp {
  output = '';
  errors = '';
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly exit: Promise<number | null>,
  ) {
    child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
  }

  /** Compiles `source` (TypeScript) as the main module of a package named `@elsewhere/fourth-app` and starts it. */
  static async start(source: string, env: Record<string, string> = {}, stdout: 'pipe' | 'ignore' = 'pipe'): Promise<SpawnedApp> {
    const folder = mkdtempSync(join(tmpdir(), 'fourth-app-'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: '@elsewhere/fourth-app', version: '4.5.6' }));
    const parser = { syntax: 'typescript', decorators: true } as const;
    const { code } = transformSync(source, { module: { type: 'commonjs' }, jsc: { parser, transform: { legacyDecorator: true, decoratorMetadata: true }, target: 'es2022' } });
    writeFileSync(join(folder, 'main.js'), code);
    const child = spawn(process.execPath, [join(folder, 'main.js')], { cwd: folder, env: { PATH: process.env.PATH ?? '', PORT: '0', SHUTDOWN_GRACE_MS: '50', ...env }, stdio: ['ignore', stdout, 'pipe'] });
    const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    // A test that failed half-way must not leave its app behind, nor wait for it.
    setTimeout(() => child.kill('SIGKILL'), LONGEST_LIFE_MS).unref();
    child.unref();
    return new SpawnedApp(child, folder, exit);
  }

  static playground(env: Record<string, string> = {}): Promise<SpawnedApp> {
    return SpawnedApp.start(readFileSync(join(__dirname, 'apps/playground.ts'), 'utf8'), env);
  }

  /** From now on nobody reads its stdout, and the pipe fills. */
  stopReading(): void {
    this.child.stdout?.pause();
  }

  /** The other end of its stdout is closed: writing answers EPIPE. */
  closeReader(): void {
    this.child.stdout?.destroy();
  }

  lines(): LogLine[] {
    return this.output
      .split('\n')
      .filter((line) => line.startsWith('{"'))
      .map((line) => JSON.parse(line) as LogLine);
  }

  private address?: string;

  /** The address it listens on, as its own log says. */
  async url(): Promise<string> {
    if (this.address) return this.address;
    const line = await until(() => this.lines().find(({ message }) => message === 'listening'), () => `no line "listening":\n${this.output}\n${this.errors}`, 30_000);
    return (this.address = line['address'] as string);
  }

  async get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${await this.url()}${path}`, { signal: AbortSignal.timeout(5_000), ...init });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** SIGTERM, and the exit code. Removes the package. */
  async stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.ended();
  }

  async ended(): Promise<number | null> {
    const kill = setTimeout(() => this.child.kill('SIGKILL'), 28_000);
    const code = await this.exit;
    clearTimeout(kill);
    rmSync(this.folder, { recursive: true, force: true });
    return code;
  }
}

/** Asks until the answer is something, for at most `patienceMs`. */
export async function until<T>(ask: () => T | undefined | Promise<T | undefined>, complaint: string | (() => string) = 'waited in vain', patienceMs = 10_000): Promise<T> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false && answer !== null) return answer;
    if (Date.now() > end) throw new Error(typeof complaint === 'string' ? complaint : complaint());
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
