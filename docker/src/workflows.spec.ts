import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { APPS } from './apps';
import { ROOT } from './build-context';

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, { 'timeout-minutes'?: number; 'runs-on': string; steps: { run?: string }[] }>;
}

const FOLDER = join(ROOT, '.github', 'workflows');
const workflows = readdirSync(FOLDER).map((file) => [file, parse(readFileSync(join(FOLDER, file), 'utf8')) as Workflow] as const);
const commands = (workflow: Workflow) => Object.values(workflow.jobs).flatMap((job) => job.steps.flatMap((step) => step.run ?? []));

describe.each(workflows)('%s', (file, workflow) => {
  it('may read the code and no more than it says, in bounded time, on a named system', () => {
    expect(workflow.permissions['contents']).toBe('read');
    for (const job of Object.values(workflow.jobs)) expect(job).toMatchObject({ 'timeout-minutes': expect.any(Number), 'runs-on': expect.stringMatching(/^ubuntu-\d+\.\d+$/) });
  });

  it('takes actions of one commit only, and says of which version it is', () => {
    const uses = readFileSync(join(FOLDER, file), 'utf8').split('\n').filter((line) => line.includes('uses:'));
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((line) => !/uses: actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it('calls only npm scripts and Nx targets that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    const { targetDefaults } = JSON.parse(readFileSync(join(ROOT, 'nx.json'), 'utf8')) as { targetDefaults: Record<string, object> };
    const called = commands(workflow).flatMap((run) => [...run.matchAll(/npm (?:run )?(test|start|build|lint)\b/g)].map(([, name]) => name ?? ''));
    const targets = commands(workflow).flatMap((run) => [...run.matchAll(/nx run-many -t (\S+)/g)].map(([, name]) => name ?? ''));
    expect(called.filter((name) => !(name in scripts))).toEqual([]);
    expect(targets.filter((name) => !(name in targetDefaults))).toEqual([]);
    expect(called.length + targets.length).toBeGreaterThan(0);
  });
});

it('a release has every image', () => {
  const release = readFileSync(join(FOLDER, 'images.yml'), 'utf8');
  expect([...release.matchAll(/for app in (.*); do/g)].map(([, list]) => list)).toEqual([Object.keys(APPS).join(' '), Object.keys(APPS).join(' ')]);
  for (const app of Object.keys(APPS)) expect(release).toContain(`steps.push.outputs.${app} }}`);
});
