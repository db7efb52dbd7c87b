/** A package as the lock file describes it. */
export interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  license?: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  hasInstallScript?: boolean;
}
export interface LockFile {
  lockfileVersion: number;
  packages: Record<string, LockedPackage>;
}

/** Licences that ask for no more than to be named, as SPDX writes them. CC-BY-4.0 covers data (caniuse-lite), Python-2.0 a parser. */
const KNOWN_LICENCES = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'Unlicense', 'Python-2.0', 'CC-BY-4.0', 'CC0-1.0']);

/** `(MIT OR CC0-1.0)`: one known is enough; `A AND B`: all must be. */
export function isKnownLicence(licence: string): boolean {
  const plain = licence.replace(/[()]/g, '');
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((one) => KNOWN_LICENCES.has(one.trim())));
}

/** Where the lock file is made; what it says does not depend on where it is read. */
const MADE_ON = { os: 'linux', cpu: 'x64' };

/** A build for another platform, which was added to the lock without ever being downloaded; its maker's main package carries licence and digest. */
const isForAnotherPlatform = ({ optional, os, cpu }: LockedPackage): boolean =>
  optional === true && ((os !== undefined && !os.includes(MADE_ON.os)) || (cpu !== undefined && !cpu.includes(MADE_ON.cpu)));

const nameOf = (place: string): string => place.split('node_modules/').pop() as string;

/** What of a lock file lets something in that was not looked at, a line each. `allowScripts`: the packages whose install scripts were decided on. */
export function lockProblems({ lockfileVersion, packages }: LockFile, allowScripts: Record<string, boolean>): string[] {
  const installed = Object.entries(packages).filter(([place, { link }]) => place.includes('node_modules/') && !link);
  const problems = installed.flatMap(([place, locked]) => {
    if (isForAnotherPlatform(locked) && !locked.integrity) return [];
    const { integrity, license, hasInstallScript, version } = locked;
    return [
      /^sha512-/.test(integrity ?? '') ? '' : 'has no SHA-512',
      /^\d+\.\d+\.\d+/.test(version ?? '') ? '' : `is of the version ${version}`,
      isKnownLicence(license ?? '') ? '' : `has the licence ${license}`,
      hasInstallScript && !isForAnotherPlatform(locked) && !(nameOf(place) in allowScripts) ? 'has an install script that nobody decided on' : '',
    ]
      .filter(Boolean)
      .map((problem) => `${nameOf(place)} ${problem}`);
  });
  return lockfileVersion === 3 ? problems : [`a lock file of version ${lockfileVersion}`, ...problems];
}
