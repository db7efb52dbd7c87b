import { join } from 'node:path';
import { ROOT } from '../stack/paths';
import { APP_NAMES } from '../stack/running-stack';
import type { AppEnvironment } from './render-env-example';

/**
 * The schemas of all applications. They are loaded by path and at run time, for no project may import an application;
 * `folder` says whether as built or, under Jest, as written.
 */
export function loadEnvironments(folder: 'dist' | 'src'): AppEnvironment[] {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a path that is known at run time only
  const load = (app: string): AppEnvironment['schema'] => (require(join(ROOT, 'apps', app, folder, 'config')) as { envSchema: AppEnvironment['schema'] }).envSchema;
  return APP_NAMES.map((app) => ({ app, schema: load(app) }));
}
