import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inherited } from '../config';
import { inFolder, inRepository } from '../folder';
import { freePort } from '../free-port';
import { installPackages } from '../install-packages';
import { mustRun, run } from '../run';
import { Server } from '../server';

const RUBY_PACKAGES = ['ruby', 'ruby-dev', 'ruby-bundler', 'build-essential'];

async function ensureRuby(): Promise<void> {
  const there = async (): Promise<boolean> => (await run('bundle', ['--version'])).code === 0;
  if (await there()) return;
  await installPackages(...RUBY_PACKAGES);
  if (await there()) return;
  throw new Error(`FLUENTD IS NOT TESTED HERE: it needs Ruby and Bundler (Debian: apt-get install ${RUBY_PACKAGES.join(' ')})`);
}

/** Environment in which `bundle exec fluentd` works; installs the gems of Gemfile.lock once, under .data. */
async function gems(): Promise<NodeJS.ProcessEnv> {
  const lock = await readFile(inFolder('fluentd', 'Gemfile.lock'));
  const path = inRepository('.data', 'gems', createHash('sha256').update(lock).digest('hex').slice(0, 12));
  const env = { ...inherited, BUNDLE_GEMFILE: inFolder('fluentd', 'Gemfile'), BUNDLE_PATH: path, BUNDLE_FROZEN: 'true', BUNDLE_APP_CONFIG: join(path, 'config') };
  if (!existsSync(join(path, 'complete'))) {
    await ensureRuby();
    await mkdir(path, { recursive: true });
    const installed = await run('bundle', ['install', '--jobs', '2', '--quiet'], { env });
    if (installed.code !== 0) throw new Error(`FLUENTD IS NOT TESTED HERE: its gems could not be installed (does this machine reach rubygems.org, or a mirror set by \`bundle config\`?)\n${installed.output}`);
    await mustRun('touch', [join(path, 'complete')]);
  }
  return env;
}

export interface LocalFluentd {
  server: Server;
  forwardPort: number;
  metricsUrl: string;
  /** Positions, buffers, dead letters; survives a restart with the same folder. */
  state: string;
  /** Files that it tails; write lines to them. */
  files: { app: string; docker: string; cri: string };
  /** Sends a file of lines that could not be delivered once more, as the runbook FluentdOutputRetrying says. */
  resend: (file: string) => Promise<unknown>;
}

/** The real Fluentd with the configuration of this folder, sending to `elasticsearchPort` on loopback. */
export async function startFluentd(elasticsearchPort: number, settings: Record<string, string> = {}, folder?: string): Promise<LocalFluentd> {
  const env = await gems();
  const state = folder ?? (await mkdtemp(join(tmpdir(), 'fluentd-')));
  const forwardPort = await freePort();
  const metricsPort = Number(settings['FLUENTD_METRICS_PORT'] ?? (await freePort()));
  const files = { app: join(state, 'analytics-api.log'), docker: join(state, 'c0ffee-json.log'), cri: join(state, 'analytics-api-cri.log') };
  const metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
  const server = await Server.start({
    name: 'Fluentd',
    file: 'bundle',
    args: ['exec', 'fluentd', '-c', inFolder('fluentd', 'fluentd.conf'), '-p', inFolder('fluentd', 'plugin')],
    cwd: state,
    env: {
      ...env, FLUENTD_CONFIG: inFolder('fluentd'), FLUENTD_STATE: join(state, 'state'), FLUENTD_BIND: '127.0.0.1', FLUENTD_FORWARD_PORT: String(forwardPort), FLUENTD_METRICS_PORT: String(metricsPort), FLUENTD_FLUSH_INTERVAL: '0.2',
      ELASTICSEARCH_HOST: '127.0.0.1', ELASTICSEARCH_PORT: String(elasticsearchPort), APP_LOG_PATH: files.app, DOCKER_LOG_PATH: files.docker, CRI_LOG_PATH: files.cri, ...settings,
    } as Record<string, string>,
    readyUrl: metricsUrl,
    patienceMs: 60_000,
  });
  const resend = (file: string): Promise<string> => mustRun('sh', ['-c', `bundle exec fluent-cat --format msgpack --host 127.0.0.1 --port ${forwardPort} resent < "${file}"`], { env });
  return { server, forwardPort, metricsUrl, state, files, resend };
}
