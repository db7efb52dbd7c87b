import { countTests, NO_TESTS } from './run-section';
import { summary, totals } from './summary';

const report = {
  numPassedTests: 2,
  numFailedTests: 1,
  numRuntimeErrorTestSuites: 1,
  testResults: [{ assertionResults: [{ status: 'passed', fullName: 'a' }, { status: 'pending', fullName: 'b waits' }] }],
};

it('counts a suite that could not be loaded as a failed test', () => {
  expect(countTests(report)).toEqual({ passed: 2, failed: 2, skipped: ['b waits'] });
});

it('adds the tests up on one line', () => {
  const tests = (passed: number, failed: number) => ({ ok: failed === 0, tests: { passed, failed, skipped: [] } });
  expect(totals([tests(3, 0), tests(4, 2)]).line).toBe('7 passed, 2 failed');
});

it('does not say `0 failed` when a section without tests failed', () => {
  expect(totals([{ ok: false, tests: NO_TESTS }, { ok: true, tests: { passed: 5, failed: 0, skipped: [] } }]).line).toBe('5 passed, 1 failed');
});

it('names what was skipped', () => {
  expect(summary([{ name: 'unit', seconds: 1, outcome: { ok: true, tests: countTests(report) } }])).toContain('skipped: b waits');
});
