/** How long an answer is given again to the same request with the same `Idempotency-Key`. */
export const IDEMPOTENCY_KEPT_HOURS = 24;
