import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AppError, LIVE_LIMITS } from '@shadower/domain';
import type { Redis } from 'ioredis';
import { cacheOperation } from './cache-operation';
import { keys } from './keys';
import { REDIS } from './tokens';

const keyOf = (ticket: string): string => keys.ticket(createHash('sha256').update(ticket).digest('base64url'));

/** Passes to the live socket, good once and for 30 s, so that no token stands in a URL. Redis holds only a ticket's hash. */
@Injectable()
export class TicketStore {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /** 43 URL-safe characters that stand for `claims` (any JSON). Throws `unavailable` while Redis is away. */
  async issue(claims: unknown): Promise<string> {
    const ticket = randomBytes(32).toString('base64url');
    await this.attempt(cacheOperation('set', () => this.redis.set(keyOf(ticket), JSON.stringify(claims), 'EX', LIVE_LIMITS.ticketSeconds)));
    return ticket;
  }

  /** The claims that `ticket` was issued for, or undefined when it is unknown, used or expired. Throws `unavailable` while Redis is away. */
  async redeem(ticket: string): Promise<unknown> {
    const claims = await this.attempt(cacheOperation('delete', () => this.redis.getdel(keyOf(ticket))));
    return claims === null ? undefined : JSON.parse(claims);
  }

  private async attempt<T>(command: Promise<T>): Promise<T> {
    try {
      return await command;
    } catch (cause) {
      throw new AppError('unavailable', 'Tickets cannot be issued or checked right now.', { retryAfterMs: 1_000, cause });
    }
  }
}
