import { SetMetadata } from '@nestjs/common';

export const RATE_COST = 'shadower:rate-cost';
export type CostOf = (body: unknown) => number;

/** What a request of this route costs, by its parsed body, which nobody has checked yet. Without it a request costs 1. */
export const RateCost = (costOf: CostOf) => SetMetadata(RATE_COST, costOf);
