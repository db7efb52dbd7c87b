import { spawnSync } from 'node:child_process';
import { buildCommand, ensureBuilder, findEngine } from './engine';

jest.mock('node:child_process', () => ({ spawnSync: jest.fn() }));

/** Engines that are there, each with what it fails at; what they were asked is written down. */
let engines: Record<string, RegExp>;
let calls: string[];
const engine = (name: string, fails = /^$/): void => void (engines[name] = fails);

beforeEach(() => {
  engines = {};
  calls = [];
  jest.mocked(spawnSync).mockImplementation(((program: string, args: string[]) => {
    const fails = engines[program];
    if (fails) calls.push([program, ...args].join(' '));
    return { status: !fails ? null : fails.test(args.join(' ')) ? 1 : 0, stderr: 'no' };
  }) as never);
});

describe('the engine', () => {
  it('is docker when it can build', () => {
    for (const name of ['docker', 'buildah']) engine(name);
    expect(findEngine(undefined)).toBe('docker');
    expect(calls).toEqual(['docker info', 'docker buildx version']);
  });

  it.each([['runs no server', /^info/], ['has no buildx', /^buildx/]])('is another one when docker %s', (_why, fails) => {
    engine('docker', fails);
    engine('buildah');
    expect(findEngine(undefined)).toBe('buildah');
  });

  it('is the one that was asked for', () => {
    expect(findEngine('podman')).toBe('podman');
    expect(() => findEngine('kaniko')).toThrow('CONTAINER_ENGINE is kaniko');
    expect(() => findEngine(undefined)).toThrow('none of docker, podman and buildah works here');
  });
});

describe('docker', () => {
  it('builds in a builder that can date files, which is made once', () => {
    engine('docker', /inspect/);
    ensureBuilder('docker');
    expect(calls).toEqual([expect.stringContaining('buildx inspect'), 'docker buildx create --name=shadower-analytics --driver=docker-container']);
    engine('docker');
    ensureBuilder('docker');
    expect(calls).toHaveLength(3);
    const command = buildCommand('docker', { image: 'x', dockerfile: 'f', context: '.', args: { APP: 'a' } });
    expect(command.join(' ')).toBe('docker buildx build --builder=shadower-analytics --provenance=false --output=type=docker,rewrite-timestamp=true --build-arg=SOURCE_DATE_EPOCH=0 --build-arg APP=a --tag x --file f .');
  });

  it('says why it has none', () => {
    engine('docker', /inspect|create/);
    expect(() => ensureBuilder('docker')).toThrow('cannot make the builder');
  });
});

it.each(['podman', 'buildah'])('%s needs no builder', (name) => {
  engine(name);
  ensureBuilder(name);
  expect(calls).toEqual([]);
});

it('what is empty in the environment is unset', () => {
  const wanted = ['CONTAINER_ENGINE', 'NODE_IMAGE', 'REVISION', 'IMAGE_PREFIX'];
  const before = wanted.map((name) => process.env[name]);
  for (const name of wanted) process.env[name] = '';
  jest.isolateModules(() => {
    const { config } = jest.requireActual<typeof import('./config')>('./config');
    expect(config).toEqual({ engine: undefined, nodeImage: 'docker.io/library/node:24-bookworm-slim', revision: undefined, prefix: 'shadower' });
  });
  wanted.forEach((name, index) => (before[index] === undefined ? delete process.env[name] : (process.env[name] = before[index])));
});
