import { z } from 'zod';

/**
 * Text of 1 to `max` characters that PostgreSQL can store and a terminal can show: no control characters
 * (PostgreSQL refuses U+0000 in text) and no lone surrogates (not encodable as UTF-8).
 */
export const cleanText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !/[\u0000-\u001f\u007f]/.test(value) && value.isWellFormed(), 'must not contain control characters or lone surrogates');

/** A workspace's public name: 1 to 64 of A-Z a-z 0-9 _ -; safe in a path, a Redis key and a metric label. */
export const workspaceId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be 1 to 64 letters, digits, _ or -, beginning with a letter or digit');
