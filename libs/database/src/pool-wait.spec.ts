import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { limitPoolWait, queued } from './pool-wait';

const MOST_MS = 200;
const CONNECTIONS = 2;

/** A data source whose pool has handed out so many connections, and a caller who waits for one. */
const waitingBehind = (handedOut: number) => {
  const dataSource = {} as DataSource;
  const pool = Object.assign(new EventEmitter(), { options: { max: CONNECTIONS } });
  limitPoolWait(dataSource, pool as unknown as Pool, MOST_MS);
  for (let n = 0; n < handedOut; n++) pool.emit('acquire');
  const { promise, resolve } = Promise.withResolvers<string>();
  return { pool, ask: () => queued(dataSource, () => Promise.resolve('served')), first: queued(dataSource, () => promise), serveFirst: () => resolve('served') };
};
const refused = expect.objectContaining({ code: 'unavailable', message: 'Too many requests wait for the database.', retryAfterMs: 1_000 });

describe('the queue for a connection', () => {
  it('grows no more while the first has waited too long for connections that are all at work, and grows again after that', async () => {
    const { ask, first, serveFirst } = waitingBehind(CONNECTIONS);
    await expect(ask()).resolves.toBe('served');
    await sleep(2 * MOST_MS);
    await expect(ask()).rejects.toEqual(refused);
    serveFirst();
    await first;
    await expect(ask()).resolves.toBe('served');
  });

  it('does not count the time in which connections are being opened', async () => {
    const { pool, ask, first, serveFirst } = waitingBehind(CONNECTIONS - 1);
    await sleep(2 * MOST_MS);
    await expect(ask()).resolves.toBe('served');
    pool.emit('acquire');
    await sleep(2 * MOST_MS);
    await expect(ask()).rejects.toEqual(refused);
    serveFirst();
    await first;
  });

  it('does not count the time in which this process stood still', async () => {
    const { ask, first, serveFirst } = waitingBehind(CONNECTIONS);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3 * MOST_MS);
    await sleep(1);
    await expect(ask()).resolves.toBe('served');
    serveFirst();
    await first;
  });
});
