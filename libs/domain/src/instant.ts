import { z } from 'zod';

const LONGEST = 40;

/** A moment as RFC 3339 tells it, as far as PostgreSQL takes it too: offsets up to 15:59, no year 0, and no endless fractions of a second. */
export const instant = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time with an offset, such as 2026-01-31T12:00:00Z', abort: true })
  .max(LONGEST, `must be at most ${LONGEST} characters`)
  .refine((text) => !text.startsWith('0000'), 'must lie in the year 1 or later')
  .refine((text) => !/[+-](1[6-9]|2\d):\d\d$/.test(text), 'must have an offset of at most 15:59');
