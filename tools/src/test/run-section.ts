import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DATA_DIR, ROOT } from '../stack/paths';
import { runGroup } from './run-group';

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

const run = (program: string, args: string[], stop: AbortSignal): Promise<boolean> => runGroup(join(ROOT, 'node_modules', '.bin', program), args, stop);

/** One of the programs that npm brought. */
export async function runTool(program: string, args: string[], stop: AbortSignal): Promise<Outcome> {
  return { ok: await run(program, args, stop), tests: NO_TESTS };
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

export async function runJest(project: string, stop: AbortSignal): Promise<Outcome> {
  const report = join(DATA_DIR, 'test', `${project}.json`);
  rmSync(report, { force: true });
  const ok = await run('jest', [`--selectProjects=${project}`, '--json', `--outputFile=${report}`], stop);
  try {
    const tests = countTests(JSON.parse(readFileSync(report, 'utf8')) as JestReport);
    return { ok: ok && tests.passed + tests.failed > 0, tests };
  } catch {
    return { ok: false, tests: NO_TESTS };
  }
}
