import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '@shadower/domain';
import { keys, RateLimiter, type Bucket } from '@shadower/redis';
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

interface Reply {
  header(name: string, value: string): unknown;
}
/** Who is counted: at least one of them. */
export interface Counted {
  caller?: string;
  workspaceId?: string;
}
/** Where requests are counted that name no workspace in their path. No workspace has this name. */
const NOWHERE = '-';

/** The buckets that requests draw from. */
@Injectable()
export class RequestLimits {
  constructor(
    private readonly limiter: RateLimiter,
    @Inject(RATE_LIMITS) private readonly limits: RateLimits,
  ) {}

  /** Draws `cost` from the caller's bucket and the workspace's, and says in the reply's headers what is left. Throws AppError `rate_limited`. */
  async draw(counted: Counted, cost: number, reply: Reply): Promise<void> {
    const buckets = this.bucketsOf(counted);
    const draw = await this.limiter.take(buckets, cost, this.limits.RATE_LIMIT_REDIS_TIMEOUT_MS);
    const { policy, limit } = rateLimitHeaders(buckets, draw);
    reply.header('ratelimit-policy', policy);
    reply.header('ratelimit', limit);
    if (!draw.allowed) throw new AppError('rate_limited', 'The rate limit of the caller or the workspace is exceeded. Nothing was done; retry later.', { retryAfterMs: draw.waitMs });
  }

  private bucketsOf({ caller, workspaceId }: Counted): Bucket[] {
    const { limits } = this;
    const own = caller === undefined ? [] : [{ name: 'caller', key: keys.limitOfCaller(workspaceId ?? NOWHERE, caller), perSecond: limits.RATE_LIMIT_CALLER_PER_SECOND, burst: limits.RATE_LIMIT_CALLER_BURST }];
    if (workspaceId === undefined) return own;
    return [...own, { name: 'workspace', key: keys.limitOfWorkspace(workspaceId), perSecond: limits.RATE_LIMIT_WORKSPACE_PER_SECOND, burst: limits.RATE_LIMIT_WORKSPACE_BURST }];
  }
}
