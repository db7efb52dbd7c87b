import { setImmediate as turn } from 'node:timers/promises';
import { AppError } from '@shadower/domain';
import type { LiveStream } from '@shadower/redis';
import { captureException } from '@shadower/telemetry';
import { captureLogs } from '@shadower/telemetry/testing';
import { LiveHub } from './live-hub';
import { Subscription } from './subscription';
import type { SubscriptionOpener } from './subscription-opener';

jest.mock('@shadower/telemetry', () => ({ ...jest.requireActual<object>('@shadower/telemetry'), captureException: jest.fn() }));
jest.mock('@shadower/redis', () => ({
  LiveReader: class {
    follow = async () => ({ epoch: 'e', offset: '1-0' });
    unfollow = () => undefined;
  },
}));

it.each([
  ['warns once', new AppError('unavailable', 'PostgreSQL is away'), 'warn', 0],
  ['reports a bug once', new TypeError('a bug'), 'error', 1],
])('%s while thousands of subscriptions cannot be caught up, and says the rest quietly', async (_, error, level, reports) => {
  jest.mocked(captureException).mockClear();
  const open = jest.fn(() => Promise.resolve());
  const hub = new LiveHub({ REDIS_URL: 'redis://nowhere' }, {} as LiveStream, { open } as unknown as SubscriptionOpener);
  for (let n = 0; n < 2_000; n += 1) await hub.join('acme', new Subscription(`${n}`, 'alerts', { offer: () => true, tell: () => true }));
  open.mockImplementation(() => Promise.reject(error));
  const logs = captureLogs();
  hub.onGap('acme', { epoch: 'f', offset: '1-0' });
  await turn();
  logs.stop();
  const told = logs.lines.filter(({ message }) => message.startsWith('subscription not caught up'));
  expect(told).toHaveLength(2_000);
  expect(told.filter((line) => line.level !== 'debug')).toEqual([expect.objectContaining({ level, workspace_id: 'acme' })]);
  expect(captureException).toHaveBeenCalledTimes(reports);
});
