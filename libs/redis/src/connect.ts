import { getLogger, service } from '@shadower/telemetry';
import { Redis, type RedisOptions } from 'ioredis';

/** `command`: short commands on behalf of a caller who waits. `blocking`: a connection that waits for work (BullMQ workers). `reader`: blocking reads that check their own position. */
export type ConnectionRole = 'command' | 'blocking' | 'reader';

const MAX_RETRY_MS = 2_000;
/** A connection that owes an answer for so long is ended: nobody is there any more who would close it. */
export const SOCKET_TIMEOUT_MS = 5_000;
/** BullMQ lets Redis wait with an answer for up to 10 s, until there is a job. */
export const BLOCKING_SOCKET_TIMEOUT_MS = 15_000;

/** Milliseconds before reconnection attempt `times` (from 1): doubling, capped, and spread so that replicas do not return in step. */
export const reconnectDelay = (times: number, random = Math.random()): number => Math.round(Math.min(50 * 2 ** Math.min(times, 10), MAX_RETRY_MS) * (0.5 + random / 2));

/**
 * A command connection fails at once while Redis is away and after a second when it hangs: its caller has something better to do
 * than to wait. BullMQ requires `maxRetriesPerRequest: null` of a worker's connection, which has nobody waiting behind it.
 */
const ROLES: Record<ConnectionRole, RedisOptions> = {
  command: { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 1_000, socketTimeout: SOCKET_TIMEOUT_MS },
  blocking: { maxRetriesPerRequest: null, socketTimeout: BLOCKING_SOCKET_TIMEOUT_MS },
  reader: { enableOfflineQueue: false, maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false, commandTimeout: 3_000, socketTimeout: SOCKET_TIMEOUT_MS },
};

/** Opens a connection that reconnects for ever and never raises an unhandled 'error'. Its loss and return are logged once each. */
export function connect(url: string, role: ConnectionRole): Redis {
  const redis = new Redis(url, {
    ...ROLES[role],
    // Tells who it is when Redis lists its clients: to operators, and to the other services.
    connectionName: `${service.name}:${role}`,
    connectTimeout: 3_000,
    keepAlive: 10_000,
    retryStrategy: (times) => reconnectDelay(times),
    // A replica that was promoted elsewhere: look again who is the primary.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  const logger = getLogger('redis');
  let lost = false;
  // ioredis 5 leaves the deadline of a connection that closed to the one that follows, and ends that (its issue 2147, mended in 6, which TypeORM does not take).
  redis.on('close', () => {
    clearTimeout(redis['socketTimeoutTimer']);
    redis['socketTimeoutTimer'] = undefined;
  });
  redis.on('error', (err: Error) => {
    if (!lost) logger.warn({ err, role }, 'redis connection lost');
    lost = true;
  });
  redis.on('ready', () => {
    if (lost) logger.info({ role }, 'redis connection is back');
    lost = false;
  });
  return redis;
}
