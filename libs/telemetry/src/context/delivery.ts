export const SIGNALS = ['logs', 'metrics', 'traces', 'errors'] as const;
export type Signal = (typeof SIGNALS)[number];
export const DROP_REASONS = ['queue_full', 'export_failed', 'timeout', 'cardinality', 'rate_limited', 'scrape_failed', 'other'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** How one signal leaves the process. Times are Unix milliseconds. */
export interface Delivery {
  dropped: Partial<Record<DropReason, number>>;
  deliveredAt?: number;
  failedAt?: number;
}

const deliveries: Record<Signal, Delivery> = { logs: { dropped: {} }, metrics: { dropped: {} }, traces: { dropped: {} }, errors: { dropped: {} } };

/** Telemetry's own losses are kept here, so that no pillar has to know another to count them. */
export function dropped(signal: Signal, reason: DropReason, count = 1): void {
  const delivery = deliveries[signal];
  delivery.dropped[reason] = (delivery.dropped[reason] ?? 0) + count;
  if (reason !== 'cardinality' && reason !== 'rate_limited') delivery.failedAt = Date.now();
}

export function delivered(signal: Signal): void {
  deliveries[signal].deliveredAt = Date.now();
}

export const deliveryOf = (signal: Signal): Readonly<Delivery> => deliveries[signal];
