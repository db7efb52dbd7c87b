import { execFileSync } from 'node:child_process';
import { APPS, type App } from '../src/apps';
import { imageOf, rebuild, VERSION } from './images';
import { podman } from './tools';

const idOf = (app: App) => podman('image', 'inspect', imageOf(app), '--format', '{{.Id}}');

/** What an image is, looked at from outside. */
export const imageProperties = (app: App): void => {
  it('has the same digest when it is built again', () => {
    const before = idOf(app);
    rebuild(app);
    expect(idOf(app)).toBe(before);
  });

  it('says what it is and runs as nobody', () => {
    const config = JSON.parse(podman('image', 'inspect', imageOf(app), '--format', '{{json .Config}}')) as { User: string; Entrypoint: string[]; Cmd: string[]; Labels: Record<string, string>; Env: string[]; WorkingDir: string };
    expect(config).toMatchObject({ User: '10001:10001', Entrypoint: ['node'], Cmd: ['dist/main.js'], WorkingDir: `/app/apps/${app}`, StopSignal: 'SIGTERM' });
    expect(config.Labels).toMatchObject({ 'org.opencontainers.image.title': `shadower/${app}`, 'org.opencontainers.image.version': VERSION });
    expect(config.Env).toContain(`PORT=${APPS[app]}`);
    expect(podman('image', 'inspect', imageOf(app), '--format', '{{json .HealthCheck}}')).toContain('/app/healthcheck.js');
  });

  it('is no larger than 200 MB', () => {
    const bytes = Number(podman('image', 'inspect', imageOf(app), '--format', '{{.Size}}'));
    process.stdout.write(`${app}: ${(bytes / 1e6).toFixed(0)} MB\n`);
    expect(bytes).toBeLessThanOrEqual(200e6);
  });

  it('holds Node.js, the libraries it is linked to, the app and nothing else', () => {
    const files = listFiles(imageOf(app));
    const outside = files.filter(({ path }) => !path.startsWith('app/'));
    const programs = outside.filter(({ path }) => !/^(usr\/)?lib(64)?\//.test(path)).map(({ path }) => path);
    expect(programs.filter((path) => !/^(dev|proc|sys|run|etc\/(hosts|hostname|resolv\.conf|mtab))/.test(path)).sort()).toEqual(['etc/group', 'etc/nsswitch.conf', 'etc/passwd', 'usr/local/bin/node']);
    expect(outside.length).toBeLessThan(25);
    expect(files.filter(({ path }) => /(^|\/)(sh|bash|busybox|npm|npx|corepack|apt|dpkg|curl)$|node_modules\/(npm|jest|typescript|eslint|nx)\/|\.(ts|map|env)$|\.(spec|e2e)\.js$/.test(path))).toEqual([]);
  });

  it('belongs to root, and nobody else can write to it', () => {
    const open = listFiles(imageOf(app)).filter(({ mode, owner, path }) => !path.startsWith('tmp') && (owner !== '0/0' || /^.{5}w|^.{8}w|s/.test(mode.slice(1))));
    expect(open).toEqual([]);
  });
};

/** The files of an image, as tar lists them. Links have no mode of their own. */
function listFiles(image: string): { mode: string; owner: string; path: string }[] {
  const container = podman('create', image);
  try {
    const list = execFileSync('sh', ['-c', 'podman --storage-driver overlay export "$0" | tar --numeric-owner -tv', container], { encoding: 'utf8', maxBuffer: 64 << 20 });
    return list.trim().split('\n').filter((line) => line.startsWith('-')).map((line) => {
      const [mode = '', owner = '', , , , ...path] = line.split(/\s+/);
      return { mode, owner, path: path.join(' ') };
    });
  } finally {
    podman('rm', container);
  }
}
