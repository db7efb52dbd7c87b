import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withoutServices } from './without-services';

const folder = mkdtempSync(join(tmpdir(), 'shadower-policy-'));
const file = join(folder, 'policy-rc.d');
const NOBODY = 2 ** 22 - 1;
afterEach(() => rmSync(file, { force: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('forbids services meanwhile, and takes that back', () => {
  const answer = withoutServices(() => spawnSync(file, ['redis-server', 'start']).status, file);
  expect(answer).toBe(101);
  expect(existsSync(file)).toBe(false);
});

it('takes it back when the work fails', () => {
  const work = (): never => {
    throw new Error('no network');
  };
  expect(() => withoutServices(work, file)).toThrow('no network');
  expect(existsSync(file)).toBe(false);
});

it.each([
  ['of the machine’s owner', '#!/bin/sh\nexit 0\n'],
  ['of another run that lives', `#!/bin/sh\n# shadower-analytics ${process.ppid}: installs\nexit 101\n`],
])('leaves a policy %s as it is', (_whose, text) => {
  writeFileSync(file, text);
  withoutServices(() => expect(readFileSync(file, 'utf8')).toBe(text), file);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

it('takes over what a killed run left behind, and removes it', () => {
  writeFileSync(file, `#!/bin/sh\n# shadower-analytics ${NOBODY}: installs\nexit 101\n`, { mode: 0o600 });
  withoutServices(() => expect(statSync(file).mode & 0o777).toBe(0o755), file);
  expect(existsSync(file)).toBe(false);
});

it('does nothing when it cannot forbid services', () => {
  const work = jest.fn();
  expect(() => withoutServices(work, join(folder, 'no', 'such', 'folder'))).toThrow('ENOENT');
  expect(work).not.toHaveBeenCalled();
});
