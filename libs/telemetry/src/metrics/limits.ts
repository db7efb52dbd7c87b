import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';

export interface Limits {
  memoryBytes: number;
  cpuCores: number;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** The cgroup of this process under one controller and those above it, nearest first; `/` alone when unknown. */
function paths(root: string, controller: string): string[] {
  const lines = (read(join(root, 'proc/self/cgroup')) ?? '').split('\n').map((line) => line.split(':'));
  const own = lines.find(([, names]) => (controller === '' ? names === '' : names?.split(',').includes(controller)))?.[2] ?? '/';
  const parts = own.split('/').filter(Boolean);
  return parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}`).concat('/');
}

const positive = (text: string | undefined): number => {
  const value = Number(text);
  return text !== undefined && text !== '' && Number.isFinite(value) && value > 0 ? value : Infinity;
};

/**
 * What the kernel lets this process use: the least limit on the way up its cgroups (version 2, else 1), or the whole machine.
 * `root` and `machine` can be given by a test.
 */
export function readLimits(root = '/', machine: Limits = { memoryBytes: totalmem(), cpuCores: availableParallelism() }): Limits {
  const base = join(root, 'sys/fs/cgroup');
  const memory = [
    ...paths(root, '').map((path) => positive(read(join(base, path, 'memory.max')))),
    ...paths(root, 'memory').map((path) => positive(read(join(base, 'memory', path, 'memory.limit_in_bytes')))),
  ];
  const cpu = [
    ...paths(root, '').map((path) => {
      const [quota, period] = (read(join(base, path, 'cpu.max')) ?? '').split(' ');
      return positive(quota) / positive(period ?? '100000');
    }),
    ...paths(root, 'cpu').map((path) => positive(read(join(base, 'cpu', path, 'cpu.cfs_quota_us'))) / positive(read(join(base, 'cpu', path, 'cpu.cfs_period_us')))),
  ].filter((cores) => cores > 0);
  return { memoryBytes: Math.min(machine.memoryBytes, ...memory), cpuCores: Math.min(machine.cpuCores, ...cpu) };
}
