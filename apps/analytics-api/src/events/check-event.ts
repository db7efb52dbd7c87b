import { AppError, EVENT_LIMITS, eventSchema, type AnalyticsEvent } from '@shadower/domain';
import { fieldProblems } from '../http/field-problems';

/** The times, in milliseconds since 1970, that an event may have. */
export interface TimeWindow {
  oldest: number;
  newest: number;
  maxAgeDays: number;
}

export const timeWindow = (now: number, maxAgeDays: number): TimeWindow => ({ oldest: now - maxAgeDays * 86_400_000, newest: now + EVENT_LIMITS.aheadSeconds * 1000, maxAgeDays });

/** The event that an item is, or the problem that it has. `pointer` is where the item stands in the body. */
export function checkEvent(item: unknown, pointer: string, window: TimeWindow): AnalyticsEvent | AppError {
  if (item instanceof AppError) return item;
  const parsed = eventSchema.safeParse(item);
  if (!parsed.success) return new AppError('invalid', 'The event fails validation; see errors.', { errors: fieldProblems(parsed.error, pointer) });
  const time = Date.parse(parsed.data.time);
  const at = `${pointer}/time`;
  if (time > window.newest) {
    return new AppError('event_in_future', 'The event time is too far in the future.', { errors: [{ pointer: at, detail: `must be at most ${EVENT_LIMITS.aheadSeconds} seconds ahead of the server's clock` }] });
  }
  // The comparison is false for a time that Date cannot hold, and then the event is refused.
  if (time >= window.oldest) return parsed.data;
  return new AppError('event_too_old', 'The event is older than the retention window.', { errors: [{ pointer: at, detail: `must be at most ${window.maxAgeDays} days old` }] });
}
