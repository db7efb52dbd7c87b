import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Principal } from '@shadower/auth';
import { AppError, EVENT_LIMITS } from '@shadower/domain';
import { keys, RateLimiter, type Bucket } from '@shadower/redis';
import type { Observable } from 'rxjs';
import { RATE_COST, type CostOf } from './rate-cost';
import { rateLimitHeaders } from './rate-limit-headers';

/** What the limiter takes from the environment. */
export const RATE_LIMITS = Symbol('RATE_LIMITS');
export interface RateLimits {
  RATE_LIMIT_WORKSPACE_PER_SECOND: number;
  RATE_LIMIT_WORKSPACE_BURST: number;
  RATE_LIMIT_CALLER_PER_SECOND: number;
  RATE_LIMIT_CALLER_BURST: number;
  RATE_LIMIT_REDIS_TIMEOUT_MS: number;
}

interface Request {
  principal?: Principal;
  params?: { wid?: string };
  body?: unknown;
}
interface Reply {
  header(name: string, value: string): unknown;
}
/** Where requests are counted that name no workspace in their path. No workspace has this name. */
const NOWHERE = '-';

/** Draws the cost of every request of a known caller from his bucket and from the workspace's, or answers 429. */
@Injectable()
export class RateLimitInterceptor implements NestInterceptor {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly reflector: Reflector,
    @Inject(RATE_LIMITS) private readonly limits: RateLimits,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { principal, params, body } = context.switchToHttp().getRequest<Request>();
    if (!principal) return next.handle();
    const costOf = this.reflector.get<CostOf | undefined>(RATE_COST, context.getHandler());
    // What is over the limit of a batch is refused anyway, and must not be told to wait for a bucket that never gets so full.
    const cost = costOf ? Math.min(Math.max(1, costOf(body)), EVENT_LIMITS.batch) : 1;
    const buckets = this.bucketsOf(principal.sub, params?.wid);
    const draw = await this.limiter.take(buckets, cost, this.limits.RATE_LIMIT_REDIS_TIMEOUT_MS);
    const { policy, limit } = rateLimitHeaders(buckets, draw);
    const reply = context.switchToHttp().getResponse<Reply>();
    reply.header('ratelimit-policy', policy);
    reply.header('ratelimit', limit);
    if (!draw.allowed) throw new AppError('rate_limited', 'This is more than the caller or the workspace may use now. Nothing was done; the same may be sent again later.', { retryAfterMs: draw.waitMs });
    return next.handle();
  }

  private bucketsOf(caller: string, workspaceId: string | undefined): Bucket[] {
    const { limits } = this;
    const own = { name: 'caller', key: keys.limitOfCaller(workspaceId ?? NOWHERE, caller), perSecond: limits.RATE_LIMIT_CALLER_PER_SECOND, burst: limits.RATE_LIMIT_CALLER_BURST };
    if (workspaceId === undefined) return [own];
    return [own, { name: 'workspace', key: keys.limitOfWorkspace(workspaceId), perSecond: limits.RATE_LIMIT_WORKSPACE_PER_SECOND, burst: limits.RATE_LIMIT_WORKSPACE_BURST }];
  }
}
