import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPU time that a process has used, in microseconds, all threads together (Linux). Less shaken by the machine's other load than elapsed time.
 * Threads that have ended are not counted: Node.js keeps its own for life.
 */
export function cpuMicros(pid: number): number {
  let nanos = 0n;
  for (const task of readdirSync(`/proc/${pid}/task`)) nanos += BigInt(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0] ?? '0');
  return Number(nanos / 1_000n);
}

/** Resident memory in MB of 1,048,576 bytes (Linux). */
export function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1_024;
}
