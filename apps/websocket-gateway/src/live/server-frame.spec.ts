import { AppError, serverMessage } from '@shadower/domain';
import { problemOf } from '@shadower/telemetry';
import { encode, eventFrame } from './server-frame';

describe('server frames', () => {
  it('encodes an event that its schema accepts', () => {
    const frame = eventFrame('exports', { offset: '5-1', ts: '2026-11-23T12:00:00.000Z', data: { progress: 0.5 }, trace: '00-a-b-01' });
    expect(serverMessage.parse(JSON.parse(String(frame.bytes)))).toEqual({ type: 'ev', ch: 'exports', offset: '5-1', ts: '2026-11-23T12:00:00.000Z', data: { progress: 0.5 }, trace: '00-a-b-01' });
  });

  it('carries the problems of the REST API as their schema says', () => {
    for (const error of [new AppError('unavailable', 'try again', { retryAfterMs: 500 }), new AppError('invalid', 'no', { errors: [{ pointer: '/id', detail: 'x' }] }), new Error('a bug')])
      serverMessage.parse(JSON.parse(String(encode({ type: 'err', problem: problemOf(error) }))));
  });
});
