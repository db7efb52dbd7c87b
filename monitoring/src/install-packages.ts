import { inherited } from './config';
import { run } from './run';

/** Installs packages of Debian, when we are root, and starts no service of them; whether they are there is for the caller to see. */
export async function installPackages(...names: string[]): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const env = { ...inherited, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const install = (): ReturnType<typeof run> => run('apt-get', ['-y', '-q', '--no-install-recommends', 'install', ...names], { env });
  if ((await install()).code === 0) return;
  await run('apt-get', ['update', '-qq']);
  await install();
}
