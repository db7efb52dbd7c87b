/** The parts of a workflow that are judged. */
export interface Workflow {
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}
interface Job {
  needs?: string;
  uses?: string;
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  'runs-on'?: string;
  steps?: { name?: string; id?: string; if?: string; uses?: string; run?: string; with?: Record<string, unknown> }[];
}

const READ = { contents: 'read' };
/** What the jobs of each workflow may do; a job that is not named takes the workflow's rights, which are to read. */
const PERMISSIONS: Readonly<Record<string, Record<string, Record<string, string>>>> = {
  'images.yml': { test: READ, images: { ...READ, 'id-token': 'write', attestations: 'write' } },
};
/** npm's own commands; every other word behind `npm` is a script's name. */
const NPM_COMMANDS = ['ci', 'audit', 'sbom'];
const RELEASE_ONLY = "github.event_name == 'push'";

const same = (one: unknown, other: unknown): boolean => JSON.stringify(Object.entries(one ?? {}).sort()) === JSON.stringify(Object.entries(other ?? {}).sort());
const steps = ({ jobs }: Workflow) => Object.values(jobs).flatMap((job) => job.steps ?? []);
const commands = (workflow: Workflow): string[] => steps(workflow).flatMap(({ run }) => run ?? []);

/** What a workflow may do beyond its table, and how it could run for ever or change under our feet; a line each. */
export function workflowProblems(file: string, { permissions, jobs }: Workflow): string[] {
  const own = Object.entries(jobs).flatMap(([name, job]) => {
    const allowed = PERMISSIONS[file]?.[name];
    return [
      same(job.permissions, allowed) ? '' : `permissions of the job ${name}: ${JSON.stringify(job.permissions)}`,
      job.uses || typeof job['timeout-minutes'] === 'number' ? '' : `${name}: no bound`,
      job.uses || /^ubuntu-\d+\.\d+$/.test(job['runs-on'] ?? '') ? '' : `${name}: the system ${job['runs-on']}`,
    ].filter(Boolean);
  });
  return [...(same(permissions, READ) ? [] : [`permissions of the workflow: ${JSON.stringify(permissions)}`]), ...own];
}

/** Names behind `npm` and `npm run` that are neither npm's commands nor scripts of ours. */
export function unknownScripts(workflow: Workflow, scripts: Record<string, string>): string[] {
  const called = commands(workflow).flatMap((run) => [...run.matchAll(/\bnpm (run )?((?:-\S+ )*)(\S+)/g)]);
  return called.filter(([, byRun, , name = '']) => !(name in scripts) && (byRun !== undefined || !NPM_COMMANDS.includes(name))).map(([call]) => call);
}

export const calledTargets = (workflow: Workflow): string[] => commands(workflow).flatMap((run) => [...run.matchAll(/nx run-many -t (\S+)/g)].map(([, name]) => name ?? ''));

/** Steps that are for releases and would run without one: the check of the version, the push, and the attestations of what was pushed. */
export function pushesOnlyReleases(workflow: Workflow): string[] {
  const published = steps(workflow).filter(({ run, uses }) => /docker (push|login)|GITHUB_REF_NAME/.test(run ?? '') || uses?.startsWith('actions/attest-'));
  return published.filter((step) => step.if !== RELEASE_ONLY).map(({ name, uses }) => name ?? uses ?? '');
}
