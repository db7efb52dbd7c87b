import type { Outcome } from './run-section';

/** `failed` counts tests, and 1 for a section that failed without any: no failure may hide behind `0 failed`. */
export function totals(outcomes: Outcome[]): { passed: number; failed: number; line: string } {
  const passed = outcomes.reduce((sum, { tests }) => sum + tests.passed, 0);
  const failed = outcomes.reduce((sum, { ok, tests }) => sum + (tests.failed || (ok ? 0 : 1)), 0);
  return { passed, failed, line: `${passed} passed, ${failed} failed` };
}

export function summary(sections: { name: string; seconds: number; outcome: Outcome }[]): string {
  const rows = sections.map(({ name, seconds, outcome }) => {
    const { passed, failed, skipped } = outcome.tests;
    const tests = passed + failed > 0 ? `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}` : '';
    return `${outcome.ok ? '✓' : '✗'} ${name.padEnd(10)} ${seconds.toFixed(1).padStart(6)} s   ${tests}`.trimEnd();
  });
  const skipped = sections.flatMap(({ outcome }) => outcome.tests.skipped).map((name) => `  skipped: ${name}`);
  return ['', ...rows, ...skipped, ''].join('\n');
}
