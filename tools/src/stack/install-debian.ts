import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { withoutServices } from './without-services';

const apt = (...args: string[]): boolean =>
  spawnSync('apt-get', ['-y', '-q', '--no-install-recommends', ...args], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'ignore', timeout: 300_000 }).status === 0;

const isInstalled = (name: string): boolean => spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' }).stdout === 'installed';

/** The units among a package's files that can be enabled: no template, and not those that only others start. */
export const unitsIn = (files: string): string[] => files.split('\n').flatMap((file) => /^(?:\/usr)?\/lib\/systemd\/system\/([^/@]+\.(?:service|socket|timer|path))$/.exec(file)?.[1] ?? []);

/** Their packages enable them for the next start of the machine, whatever policy-rc.d says. */
function disableServices(packages: string[]): void {
  if (packages.length === 0 || !existsSync('/run/systemd/system')) return;
  const units = unitsIn(spawnSync('dpkg', ['-L', ...packages], { encoding: 'utf8' }).stdout ?? '');
  if (units.length > 0) spawnSync('systemctl', ['disable', '--now', ...units], { stdio: 'ignore', timeout: 60_000 });
}

/**
 * Installs packages for their programs: none of their services is started, now or when the machine starts again, for some of them listen on every
 * address. Answers whether it worked. For root on Debian.
 */
export function installDebian(names: string[]): boolean {
  const missing = names.filter((name) => !isInstalled(name));
  const done = withoutServices(() => apt('install', ...names) || (apt('update') && apt('install', ...names)));
  disableServices(missing.filter(isInstalled));
  return done;
}
