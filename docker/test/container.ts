import { createServer } from 'node:net';
import { podman, tryPodman } from './tools';

const LIMITS = ['--ulimit', 'nofile=4096:4096', '--ulimit', 'nproc=4096:4096', '--memory', '512m', '--cpus', '1'];
/** As `restricted` pods run: nothing to write but /tmp, no capability, no way to more. */
const HARDENING = ['--read-only', '--tmpfs', '/tmp:rw,size=64m', '--cap-drop', 'all', '--security-opt', 'no-new-privileges'];
const running = new Set<string>();
let count = 0;

/** A container of one of our images, run as the cluster runs it, on the network of the machine. */
export class Container {
  private constructor(
    readonly name: string,
    readonly port: number,
  ) {}

  /** Starts an app. `env` are values, `secretFolder` is mounted at /run/secrets/analytics; `args` replace the image's program. */
  static async start(image: string, { env, secretFolder, args = [] }: { env: Record<string, string>; secretFolder: string; args?: string[] }): Promise<Container> {
    const port = await freePort();
    const container = new Container(`image-test-${process.pid}-${(count += 1)}`, port);
    const values = Object.entries({ ...env, PORT: String(port), HOST: '127.0.0.1' }).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
    running.add(container.name);
    podman('run', '--detach', '--name', container.name, '--network', 'host', ...LIMITS, ...HARDENING, '--volume', `${secretFolder}:/run/secrets/analytics:ro`, ...values, image, ...args);
    return container;
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, { signal: AbortSignal.timeout(5_000), ...init });
  }

  /** The status of a path, 0 when nothing answers. */
  status = (path: string): Promise<number> =>
    this.fetch(path).then(
      (answer) => answer.status,
      () => 0,
    );

  /** Waits for a path to answer with a status; throws with the container's log when it does not within 60 s. */
  async until(path: string, status: number): Promise<void> {
    for (const end = Date.now() + 60_000; Date.now() < end; await pause(100)) if ((await this.status(path)) === status) return;
    throw new Error(`${path} never answered ${status}:\n${this.logs()}`);
  }

  exec = (...command: string[]) => tryPodman('exec', this.name, ...command);
  health = () => tryPodman('healthcheck', 'run', this.name).status;
  logs = (): string => tryPodman('logs', this.name).output;
  inspect = (format: string): string => podman('inspect', this.name, '--format', format);
  terminate = (): string => podman('kill', '--signal', 'TERM', this.name);

  /** The exit code, once the process has ended. */
  async exitCode(): Promise<number> {
    for (const end = Date.now() + 40_000; Date.now() < end; await pause(100)) if (this.inspect('{{.State.Running}}') === 'false') return Number(this.inspect('{{.State.ExitCode}}'));
    throw new Error(`${this.name} did not end:\n${this.logs()}`);
  }
}

/** Ends and removes every container that this process started. */
export function removeContainers(): void {
  for (const name of running) tryPodman('rm', '--force', '--time', '0', name);
  running.clear();
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
