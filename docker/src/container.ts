import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { APPS, type App } from './apps';
import { buildContext, ROOT } from './build-context';
import { config } from './config';
import { buildCommand, ensureBuilder, findEngine } from './engine';
import { forgetBuilder } from './forget-builder';

/** `node docker/dist/container.js apps/<app>`: builds the image of an app that is built already. `nx run <app>:container` builds both. */
function main(folder = ''): void {
  const name = basename(folder);
  if (!(name in APPS)) throw new Error(`which app? ${Object.keys(APPS).join(', ')}`);
  const app = name as App;
  const context = buildContext(app);
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const revision = config.revision ?? (spawnSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).stdout?.trim() || 'unknown');
  const args = { NODE_IMAGE: config.nodeImage, APP: app, PORT: String(APPS[app]), VERSION: version, REVISION: revision };
  const image = `${config.prefix}/${app}:${version}`;
  const engine = findEngine(config.engine);
  ensureBuilder(engine);
  const [program = '', ...rest] = buildCommand(engine, { image, dockerfile: join(ROOT, 'docker', 'Dockerfile'), context, args });
  const { status } = spawnSync(program, rest, { stdio: 'inherit' });
  if (status === 0 && engine !== 'docker') forgetBuilder(engine, image);
  process.exitCode = status ?? 1;
}

main(process.argv[2]);
