import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDebian } from '@shadower/tools/testing';
import { BASE_IMAGE, ENGINE_ENV } from './config';

/** What Debian's packages are called, and the program that each brings. */
const PACKAGES = { buildah: 'buildah', podman: 'podman', runc: 'runc', debootstrap: 'debootstrap' } as const;
const NODE_LABEL = 'node.version';
const PODMAN = ['--storage-driver', 'overlay', '--cgroup-manager', 'cgroupfs', '--events-backend', 'file', '--runtime', 'runc'];

/** Runs podman and answers what it printed. Throws with its words when it fails. */
export const podman = (...args: string[]): string => execFileSync('podman', [...PODMAN, ...args], { encoding: 'utf8', env: ENGINE_ENV, maxBuffer: 256 << 20, stdio: ['ignore', 'pipe', 'pipe'] }).trim();

/** The same for a command that may fail: its exit code and all that it printed. */
export function tryPodman(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('podman', [...PODMAN, ...args], { encoding: 'utf8', env: ENGINE_ENV });
  return { status, output: `${stdout}${stderr}` };
}

/** Installs what is missing of Debian's container tools. Throws when that does not work: an image that nobody tried is not tested. */
export function ensureTools(): void {
  const missing = Object.entries(PACKAGES).filter(([program]) => spawnSync('which', [program, `/usr/sbin/${program}`]).stdout.length === 0).map(([, name]) => name);
  if (missing.length === 0) return;
  if (!installDebian(missing)) throw new Error(`the packages ${missing.join(', ')} could not be installed, which only root may: sudo apt-get install ${missing.join(' ')}`);
}

/**
 * Makes the image that official builds pull: Debian's smallest system and the Node.js that npm installed here, under the name that the
 * recipe asks for. About a minute, once a machine and a version of Node.js; needs no registry.
 */
export function ensureBaseImage(): void {
  const node = `node-${process.platform}-${process.arch}`;
  const { version } = JSON.parse(readFileSync(require.resolve(`${node}/package.json`), 'utf8')) as { version: string };
  // The name says no more than `24`: what lies under it may be of an older release than what is tested.
  if (tryPodman('image', 'inspect', '--format', `{{index .Labels "${NODE_LABEL}"}}`, BASE_IMAGE).output.trim() === version) return;
  const root = mkdtempSync(join(tmpdir(), 'base-image-'));
  try {
    execFileSync('debootstrap', ['--variant=minbase', 'bookworm', root, 'http://deb.debian.org/debian'], { stdio: 'pipe' });
    copyFileSync(require.resolve(`${node}/bin/node`), join(root, 'usr/local/bin/node'));
    chmodSync(join(root, 'usr/local/bin/node'), 0o755);
    execFileSync('sh', ['-c', 'tar -C "$0" -c . | "$@"', root, 'podman', ...PODMAN, 'import', '--change', `LABEL ${NODE_LABEL}=${version}`, '-', BASE_IMAGE], { env: ENGINE_ENV, stdio: 'pipe' });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
