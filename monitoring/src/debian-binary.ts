import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { searchPath } from './config';
import { inRepository } from './folder';
import { installPackages } from './install-packages';
import { mustRun, run } from './run';

/** Debian packages whose binaries check, evaluate and deliver what stands in this folder. */
export const aptPackages = ['prometheus', 'prometheus-alertmanager'] as const;
type Package = (typeof aptPackages)[number];

const OWNER = { prometheus: 'prometheus', promtool: 'prometheus', 'prometheus-alertmanager': 'prometheus-alertmanager', amtool: 'prometheus-alertmanager' } as const;
export type Binary = keyof typeof OWNER;

const onPath = (name: string): string | undefined => searchPath.split(delimiter).map((folder) => join(folder, name)).find((file) => existsSync(file));

/**
 * Unpacks a package beside the project instead of installing it: that needs no root, starts no service and leaves the machine as it
 * was. The binaries are static Go programs and need nothing of their packages' dependencies; only Alertmanager itself needs more.
 */
async function unpack(name: Package): Promise<string> {
  const target = inRepository('.data', 'debian', name);
  if (existsSync(target)) return target;
  const work = `${target}.${process.pid}`;
  await mkdir(work, { recursive: true });
  try {
    let got = await run('apt-get', ['download', name], { cwd: work });
    if (got.code !== 0 && process.getuid?.() === 0) {
      await run('apt-get', ['update', '-qq']);
      got = await run('apt-get', ['download', name], { cwd: work });
    }
    const deb = (await readdir(work)).find((file) => file.endsWith('.deb'));
    if (got.code !== 0 || !deb) throw new Error(`The Debian package ${name} is needed and could not be downloaded; install it (apt-get install ${name}) or put its binaries on the PATH.\n${got.output}`);
    await mustRun('dpkg', ['-x', deb, '.'], { cwd: work });
    await rename(work, target).catch((error: unknown) => {
      // Another process was faster; its copy is as good.
      if (!existsSync(target)) throw error;
    });
    return target;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * Debian's Alertmanager reads the templates of its messages from where its package puts them, so it runs only installed. Throws when it is
 * not, and we may not.
 */
async function installAlertmanager(): Promise<string> {
  await installPackages('prometheus-alertmanager');
  const installed = onPath('prometheus-alertmanager');
  if (!installed) throw new Error('ALERTMANAGER DOES NOT RUN HERE: it must be installed, and only root may (sudo apt-get install prometheus-alertmanager)');
  return installed;
}

/** Path of a program of Debian's Prometheus or Alertmanager: from the PATH, else from its package, fetched once. */
export async function debianBinary(name: Binary): Promise<string> {
  const found = onPath(name);
  if (found) return found;
  return name === 'prometheus-alertmanager' ? installAlertmanager() : join(await unpack(OWNER[name]), 'usr', 'bin', name);
}
