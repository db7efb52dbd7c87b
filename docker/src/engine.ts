import { spawnSync } from 'node:child_process';

/** A build of one image. */
export interface ImageBuild {
  image: string;
  dockerfile: string;
  context: string;
  args: Readonly<Record<string, string>>;
}

/** Docker's own builder dates no file: with the classic image store it ignores the wish, with containerd's it refuses it. One in a container obeys. */
const BUILDER = 'shadower-analytics';

/**
 * How each engine builds: files and image are dated 1970, so that the same input has the same digest. The Docker format keeps
 * HEALTHCHECK, which the OCI format does not have. Buildah in a chroot needs no privileges that a CI container lacks.
 */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  docker: ['docker', 'buildx', 'build', `--builder=${BUILDER}`, '--provenance=false', '--output=type=docker,rewrite-timestamp=true', '--build-arg=SOURCE_DATE_EPOCH=0'],
  podman: ['podman', 'build', '--format=docker', '--timestamp=0', '--layers=false'],
  buildah: ['buildah', 'bud', '--format=docker', '--timestamp=0', '--isolation=chroot', '--network=host'],
};
const PROBES: Readonly<Record<string, readonly (readonly string[])[]>> = { docker: [['docker', 'info'], ['docker', 'buildx', 'version']], podman: [['podman', 'version']], buildah: [['buildah', 'version']] };

const succeeds = ([program = '', ...args]: readonly string[]): boolean => spawnSync(program, args, { stdio: 'ignore' }).status === 0;
const works = (name: string): boolean => (PROBES[name] ?? []).every(succeeds);

/** The engine that was asked for, or the first that works here. Throws when there is none. */
export function findEngine(wanted: string | undefined): string {
  const engine = Object.keys(COMMANDS).find((name) => (wanted ? name === wanted : works(name)));
  if (!engine) throw new Error(wanted ? `CONTAINER_ENGINE is ${wanted}; it must be docker, podman or buildah` : 'none of docker, podman and buildah works here; on Debian: apt-get install buildah');
  return engine;
}

/** Makes what the engine builds with, where it is not there yet. Throws when that fails. */
export function ensureBuilder(engine: string): void {
  if (engine !== 'docker' || succeeds(['docker', 'buildx', 'inspect', BUILDER])) return;
  const { status, stderr } = spawnSync('docker', ['buildx', 'create', `--name=${BUILDER}`, '--driver=docker-container'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`docker buildx cannot make the builder ${BUILDER}: ${stderr}`);
}

/** The command line that builds an image. */
export function buildCommand(engine: string, { image, dockerfile, context, args }: ImageBuild): string[] {
  const values = Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  return [...(COMMANDS[engine] ?? []), ...values, '--tag', image, '--file', dockerfile, context];
}
