import { onUnexpected } from '../context/unexpected';
import { captureLogs } from '../testing/capture-logs';
import { problemReport } from './problem-report';

describe('problemReport', () => {
  it('reports what it says has been reported, and nothing that was expected', () => {
    const reported: unknown[] = [];
    onUnexpected((error, details) => void reported.push([error, details]));
    const logs = captureLogs();
    const bug = new TypeError('bug');
    expect(problemReport(bug, { endpoint: '/board' })).toMatchObject({ status: 500, detail: 'Something went wrong here; it has been reported' });
    expect(problemReport(Object.assign(new Error('no'), { expected: true, status: 403, code: 'forbidden', detail: 'no' }), { endpoint: '/board' })).toMatchObject({ status: 403, code: 'forbidden' });
    logs.stop();
    expect(reported).toEqual([[bug, { endpoint: '/board' }]]);
    expect(logs.lines).toMatchObject([{ level: 'error', message: 'request failed', endpoint: '/board', error: { type: 'TypeError' } }]);
  });
});
