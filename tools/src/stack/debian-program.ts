import { findProgram, isExecutable } from './find-program';
import { installDebian } from './install-debian';

export interface WantedProgram {
  /** Names on the PATH, the best first. */
  names: [string, ...string[]];
  /** Debian's package that brings it. */
  debianPackage: string;
  /** What a person can do where it can be neither found nor installed. */
  how: string;
}

/** Where a program is; installs Debian's package when we are root on a system that has apt-get. */
export function findOrInstall({ names, debianPackage, how }: WantedProgram, report: (line: string) => void = () => undefined): string {
  const found = findProgram(...names);
  if (found) return found;
  if (process.getuid?.() !== 0 || !isExecutable('/usr/bin/apt-get')) throw new Error(`no ${names.join(' or ')} on the PATH: ${how}`);
  report(`no ${names.join(' or ')} on the PATH: installing the package ${debianPackage}, without its services`);
  const done = installDebian([debianPackage]);
  const installed = findProgram(...names);
  if (!done || !installed) throw new Error(`the package ${debianPackage} could not be installed: ${how}`);
  return installed;
}
