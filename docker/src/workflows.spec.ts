import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { APPS } from './apps';
import { ROOT } from './build-context';
import { calledTargets, pushesOnlyReleases, unknownScripts, workflowProblems, type Workflow } from './workflow-problems';

const FOLDER = join(ROOT, '.github', 'workflows');
const textOf = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');
const files = readdirSync(FOLDER);
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const { targetDefaults } = JSON.parse(readFileSync(join(ROOT, 'nx.json'), 'utf8')) as { targetDefaults: Record<string, object> };

describe.each(files)('%s', (file) => {
  const workflow = parse(textOf(file)) as Workflow;

  it('may do what the table says and no more, in bounded time, on a named system', () => {
    expect(workflowProblems(file, workflow)).toEqual([]);
  });

  it('takes actions of one commit only, and says of which version it is', () => {
    const uses = textOf(file).split('\n').filter((line) => line.includes('uses:') && !line.includes('uses: ./.github/workflows/'));
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((line) => !/uses: actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it('calls only npm scripts and Nx targets that exist', () => {
    expect(unknownScripts(workflow, scripts)).toEqual([]);
    expect(calledTargets(workflow).filter((name) => !(name in targetDefaults))).toEqual([]);
  });
});

it('a change passes npm test, with the random cases of CI, although sudo drops the environment', () => {
  expect(textOf('ci.yml')).toMatch(/run: sudo env .*\bCI=true npm test$/m);
});

describe('a release', () => {
  const release = textOf('images.yml');
  const workflow = parse(release) as Workflow;

  it('has every image', () => {
    expect(calledTargets(workflow)).toEqual(['container']);
    expect([...release.matchAll(/for app in (.*); do/g)].map(([, list]) => list)).toEqual([Object.keys(APPS).join(' '), Object.keys(APPS).join(' ')]);
    for (const app of Object.keys(APPS)) expect(release).toContain(`steps.push.outputs.${app} }}`);
  });

  it('is tested first; only a tag is pushed, and only as the version that it names, on a base of one digest', () => {
    expect(workflow.jobs['images']?.needs).toBe('test');
    expect(workflow.jobs['test']?.uses).toBe('./.github/workflows/ci.yml');
    expect(pushesOnlyReleases(workflow)).toEqual([]);
    expect(release).toContain('"$GITHUB_REF_NAME" != "v$version"');
    expect(release).toContain('case "$NODE_IMAGE" in *@sha256:*)');
  });
});

describe('each rule can fail', () => {
  const change = (edit: (workflow: Workflow) => void): Workflow => {
    const workflow = parse(textOf('images.yml')) as Workflow;
    edit(workflow);
    return workflow;
  };
  const step = (run: string): Workflow => ({ permissions: { contents: 'read' }, jobs: { a: { 'runs-on': 'ubuntu-24.04', 'timeout-minutes': 1, steps: [{ run }] } } });

  it.each<[string, Workflow, string]>([
    ['a right for the whole workflow', change((w) => (w.permissions = { ...w.permissions, 'id-token': 'write' })), 'permissions of the workflow'],
    ['all rights', change((w) => (w.permissions = 'write-all' as never)), 'permissions of the workflow'],
    ['one more right of a job', change((w) => ((w.jobs['images'] as { permissions: object }).permissions = { contents: 'write', 'id-token': 'write', attestations: 'write' })), 'permissions of the job images'],
    ['a job that nobody knows and that gives itself a right', change((w) => (w.jobs['more'] = { ...step('true').jobs['a'], permissions: { packages: 'write' } })), 'permissions of the job more'],
    ['a job without a bound', change((w) => delete w.jobs['images']?.['timeout-minutes']), 'images: no bound'],
    ['a system that changes', change((w) => ((w.jobs['images'] as { 'runs-on': string })['runs-on'] = 'ubuntu-latest')), 'images: the system'],
  ])('%s', (_what, workflow, problem) => {
    expect(workflowProblems('images.yml', workflow).join('\n')).toContain(problem);
  });

  it.each(['npm run lnt', 'npm run -s no:such', 'npm start-all', 'sudo env "PATH=$PATH" npm tset'])('%s', (run) => expect(unknownScripts(step(run), scripts)).toHaveLength(1));
  it.each(['npm ci --ignore-scripts', 'npm run lint', 'npm test -- unit', 'npm audit signatures', 'npm sbom --x'])('%s is none', (run) => expect(unknownScripts(step(run), scripts)).toEqual([]));

  it('a push without a condition', () => {
    expect(pushesOnlyReleases(change((w) => w.jobs['images']?.steps?.forEach((one) => delete one.if)))).toHaveLength(5);
  });
});
