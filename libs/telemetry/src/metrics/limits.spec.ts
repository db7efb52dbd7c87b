import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readLimits } from './limits';

const MACHINE = { memoryBytes: 16e9, cpuCores: 8 };

describe('readLimits', () => {
  let root: string;
  const files = (contents: Record<string, string>): void => {
    for (const [path, text] of Object.entries(contents)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };
  beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'limits-'))));
  afterEach(() => rmSync(root, { recursive: true }));

  it('without cgroups, says what the machine has', () => expect(readLimits(root, MACHINE)).toEqual(MACHINE));

  it('reads version 2, where a container sees itself as the root', () => {
    files({ 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/memory.max': '536870912\n', 'sys/fs/cgroup/cpu.max': '50000 100000\n' });
    expect(readLimits(root, MACHINE)).toEqual({ memoryBytes: 536870912, cpuCores: 0.5 });
  });

  it('takes the least limit on the way up', () => {
    files({
      'proc/self/cgroup': '0::/system.slice/app.service\n',
      'sys/fs/cgroup/system.slice/app.service/memory.max': 'max\n',
      'sys/fs/cgroup/system.slice/app.service/cpu.max': 'max 100000\n',
      'sys/fs/cgroup/system.slice/memory.max': '1000000\n',
      'sys/fs/cgroup/system.slice/cpu.max': '150000 100000\n',
    });
    expect(readLimits(root, MACHINE)).toEqual({ memoryBytes: 1000000, cpuCores: 1.5 });
  });

  it('reads version 1, where no limit is a huge number or -1', () => {
    files({
      'proc/self/cgroup': '4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n',
      'sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes': '9223372036854771712\n',
      'sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us': '100000\n',
    });
    expect(readLimits(root, MACHINE)).toEqual(MACHINE);
    files({ 'sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes': '2000000\n', 'sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us': '200000\n' });
    expect(readLimits(root, MACHINE)).toEqual({ memoryBytes: 2000000, cpuCores: 2 });
  });
});
