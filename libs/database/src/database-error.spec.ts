import { AppError } from '@shadower/domain';
import { errorType, StatementError, translated } from './database-error';

const failure = (message: string, code?: string, extra = {}) => Object.assign(new Error(message), { code, ...extra });

it.each([
  [failure('connect ECONNREFUSED', 'ECONNREFUSED'), 'connection'],
  [failure('timeout exceeded when trying to connect'), 'connection'],
  [failure('Connection terminated unexpectedly'), 'connection'],
  [failure('terminating connection due to administrator command', '57P01'), 'connection'],
  [failure('canceling statement due to statement timeout', '57014'), 'timeout'],
  [failure('Query read timeout'), 'timeout'],
  [failure('could not extend file: No space left on device', '53100'), 'resources'],
  [failure('deadlock detected', '40P01'), 'serialization'],
  [failure('duplicate key', '23505'), 'constraint'],
  [failure('division by zero', '22012'), 'data'],
  [failure('syntax error', '42601'), 'syntax'],
  [failure('permission denied', '42501'), 'permission'],
  [new TypeError('a bug'), 'other'],
])('%s is of type %s', (error, type) => expect(errorType(error)).toBe(type));

it('turns what a retry may cure into 503 with a time to wait', () => {
  expect(translated(failure('connect ECONNREFUSED', 'ECONNREFUSED'))).toMatchObject({ code: 'unavailable', status: 503, retryAfterMs: 1_000 });
  expect(translated(failure('QueryFailedError', undefined, { driverError: failure('disk full', '53100') }))).toMatchObject({ status: 503, retryAfterMs: 5_000 });
});

it('strips parameters and rows from what it will not cure', () => {
  const error = translated(failure('duplicate key', '23505', { detail: 'Key (id)=(secret) already exists.', parameters: ['secret'], constraint: 'events_pkey' }));
  expect(error).toBeInstanceOf(StatementError);
  expect(error).toMatchObject({ sqlState: '23505', constraint: 'events_pkey' });
  expect(JSON.stringify(Object.entries(error as Error))).not.toContain('secret');
});

it('leaves a problem and a bug of the caller as they are', () => {
  const problem = new AppError('conflict', 'x');
  const bug = new TypeError('x');
  expect(translated(problem)).toBe(problem);
  expect(translated(bug)).toBe(bug);
});
