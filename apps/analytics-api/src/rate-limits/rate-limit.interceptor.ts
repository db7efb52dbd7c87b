import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Principal } from '@shadower/auth';
import { EVENT_LIMITS } from '@shadower/domain';
import type { Observable } from 'rxjs';
import { RATE_COST, type CostOf } from './rate-cost';
import { RequestLimits } from './request-limits';

interface Request {
  principal?: Principal;
  params?: { wid?: string };
  body?: unknown;
}
interface Reply {
  header(name: string, value: string): unknown;
}

/** Draws the cost of every request of a known caller from his bucket and from the workspace's, or answers 429. */
@Injectable()
export class RateLimitInterceptor implements NestInterceptor {
  constructor(
    private readonly limits: RequestLimits,
    private readonly reflector: Reflector,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { principal, params, body } = context.switchToHttp().getRequest<Request>();
    if (!principal) return next.handle();
    const costOf = this.reflector.get<CostOf | undefined>(RATE_COST, context.getHandler());
    // What is over the limit of a batch is refused anyway, and must not be told to wait for a bucket that never gets so full.
    const cost = costOf ? Math.min(Math.max(1, costOf(body)), EVENT_LIMITS.batch) : 1;
    await this.limits.draw({ caller: principal.sub, workspaceId: params?.wid }, cost, context.switchToHttp().getResponse<Reply>());
    return next.handle();
  }
}
