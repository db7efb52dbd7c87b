import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { APPS, type App } from '../src/apps';
import { ROOT } from '../src/build-context';
import { ENGINE_ENV } from './config';
import { ensureBaseImage, ensureTools } from './tools';

export const VERSION = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
export const imageOf = (app: App): string => `localhost/shadower/${app}:${VERSION}`;

/** Builds the three images as `nx run <app>:container` does, on whatever this machine lacks. Throws with what went wrong. */
export function ensureImages(): void {
  ensureTools();
  ensureBaseImage();
  const nx = [require.resolve('nx/bin/nx.js'), 'run-many', '-t', 'container', '--parallel=1', '--skipSync'];
  execFileSync(process.execPath, nx, { cwd: ROOT, env: ENGINE_ENV, stdio: 'pipe' });
}

/** Builds the image of an app again. */
export const rebuild = (app: App): void => void execFileSync(process.execPath, [join(ROOT, 'docker/dist/container.js'), app], { env: ENGINE_ENV, stdio: 'pipe' });
export const apps = Object.keys(APPS) as App[];
