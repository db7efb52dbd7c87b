import { spawnSync } from 'node:child_process';

/** A build of one image. */
export interface ImageBuild {
  image: string;
  dockerfile: string;
  context: string;
  args: Readonly<Record<string, string>>;
}

/**
 * How each engine builds: files and image are dated 1970, so that the same input has the same digest. The Docker format keeps
 * HEALTHCHECK, which the OCI format does not have. Buildah in a chroot needs no privileges that a CI container lacks.
 */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  docker: ['docker', 'buildx', 'build', '--provenance=false', '--output=type=docker,rewrite-timestamp=true', '--build-arg=SOURCE_DATE_EPOCH=0'],
  podman: ['podman', 'build', '--format=docker', '--timestamp=0', '--layers=false'],
  buildah: ['buildah', 'bud', '--format=docker', '--timestamp=0', '--isolation=chroot', '--network=host'],
};
const PROBES: Readonly<Record<string, readonly string[]>> = { docker: ['docker', 'info'], podman: ['podman', 'version'], buildah: ['buildah', 'version'] };

const works = (name: string): boolean => {
  const [program = '', ...args] = PROBES[name] ?? [];
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
};

/** The engine that was asked for, or the first that works here. Throws when there is none. */
export function findEngine(wanted: string | undefined): string {
  const engine = Object.keys(COMMANDS).find((name) => (wanted ? name === wanted : works(name)));
  if (!engine) throw new Error(wanted ? `CONTAINER_ENGINE is ${wanted}; it must be docker, podman or buildah` : 'none of docker, podman and buildah works here; on Debian: apt-get install buildah');
  return engine;
}

/** The command line that builds an image. */
export function buildCommand(engine: string, { image, dockerfile, context, args }: ImageBuild): string[] {
  const values = Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  return [...(COMMANDS[engine] ?? []), ...values, '--tag', image, '--file', dockerfile, context];
}
