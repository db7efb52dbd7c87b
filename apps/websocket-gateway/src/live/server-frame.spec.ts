import { AppError, serverMessage } from '@shadower/domain';
import { encode, eventFrame, problemOf } from './server-frame';

describe('server frames', () => {
  it('encodes an event that its schema accepts', () => {
    const frame = eventFrame('exports', { offset: '5-1', ts: '2026-11-23T12:00:00.000Z', data: { progress: 0.5 }, trace: '00-a-b-01' });
    expect(serverMessage.parse(JSON.parse(String(frame.bytes)))).toEqual({ type: 'ev', ch: 'exports', offset: '5-1', ts: '2026-11-23T12:00:00.000Z', data: { progress: 0.5 }, trace: '00-a-b-01' });
  });

  it('tells an expected failure as it is and hides the inside of a bug', () => {
    const expected = problemOf(new AppError('unavailable', 'try again', { retryAfterMs: 500 }));
    expect(expected).toMatchObject({ status: 503, code: 'unavailable', detail: 'try again', retry_after_ms: 500 });
    const bug = problemOf(new Error('password=hunter2'));
    expect(JSON.stringify(bug)).not.toContain('hunter2');
    for (const problem of [expected, bug]) serverMessage.parse(JSON.parse(String(encode({ type: 'err', problem }))));
  });
});
