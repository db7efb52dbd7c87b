import { spawnSync } from 'node:child_process';
import { findProgram, isExecutable } from './find-program';

export interface WantedProgram {
  /** Names on the PATH, the best first. */
  names: [string, ...string[]];
  /** Debian's package that brings it. */
  debianPackage: string;
  /** What a person can do where it can be neither found nor installed. */
  how: string;
}

/** apt-get may start Debian's own service; RUNLEVEL=1 asks it not to, for we only want the program. */
function apt(...args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  return spawnSync('apt-get', ['-y', '-q', '--no-install-recommends', ...args], { env, stdio: 'ignore', timeout: 300_000 }).status === 0;
}

/** Where a program is; installs Debian's package when we are root on a system that has apt-get. */
export function findOrInstall({ names, debianPackage, how }: WantedProgram, report: (line: string) => void = () => undefined): string {
  const found = findProgram(...names);
  if (found) return found;
  if (process.getuid?.() !== 0 || !isExecutable('/usr/bin/apt-get')) throw new Error(`no ${names.join(' or ')} on the PATH: ${how}`);
  report(`no ${names.join(' or ')} on the PATH: installing the package ${debianPackage}`);
  const done = apt('install', debianPackage) || (apt('update') && apt('install', debianPackage));
  const installed = findProgram(...names);
  if (!done || !installed) throw new Error(`the package ${debianPackage} could not be installed: ${how}`);
  return installed;
}
