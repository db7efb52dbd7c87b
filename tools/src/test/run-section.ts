import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DATA_DIR, ROOT } from '../stack/paths';

export interface TestCounts {
  passed: number;
  failed: number;
  /** Skipped or still to be written, by name: said aloud, for a skip must not be silent. */
  skipped: string[];
}

export interface Outcome {
  ok: boolean;
  tests: TestCounts;
}

export const NO_TESTS: TestCounts = { passed: 0, failed: 0, skipped: [] };
/** A section that hangs must not hang its caller for ever. */
const TIMEOUT_MS = 60 * 60_000;

function run(program: string, args: string[]): boolean {
  const { status, error } = spawnSync(join(ROOT, 'node_modules', '.bin', program), args, { cwd: ROOT, stdio: 'inherit', timeout: TIMEOUT_MS });
  if (error) console.log(String(error));
  return status === 0;
}

export function runTool(program: string, args: string[]): Outcome {
  return { ok: run(program, args), tests: NO_TESTS };
}

/** The part of Jest's report that is used here. */
interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
  testResults: { assertionResults: { status: string; fullName: string }[] }[];
}

export function countTests(report: JestReport): TestCounts {
  const all = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  return {
    passed: report.numPassedTests,
    // A suite that could not even be loaded counts as one failed test.
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: all.filter(({ status }) => !['passed', 'failed'].includes(status)).map(({ fullName }) => fullName),
  };
}

export function runJest(project: string): Outcome {
  const report = join(DATA_DIR, 'test', `${project}.json`);
  rmSync(report, { force: true });
  const ok = run('jest', [`--selectProjects=${project}`, '--json', `--outputFile=${report}`]);
  try {
    return { ok, tests: countTests(JSON.parse(readFileSync(report, 'utf8')) as JestReport) };
  } catch {
    return { ok: false, tests: NO_TESTS };
  }
}
