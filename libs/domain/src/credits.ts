import { z } from 'zod';

const DIGITS = 6;
const ONE = 10n ** BigInt(DIGITS);
const FORM = /^(-?)(\d+)(?:\.(\d{1,6}))?$/;

/** An amount of credits in JSON: a decimal string with at most 12 digits before and 6 after the point, as in `numeric(18,6)`. */
export const creditAmount = z
  .string()
  .regex(/^\d{1,12}(\.\d{1,6})?$/, 'must be a decimal string with at most 12 digits before and 6 after the point, such as "1.25"');

/** `"1.25"` -> `1250000n` millionths. Throws a RangeError on anything that is not a decimal with at most 6 places. */
export function toMicroCredits(amount: string): bigint {
  const parts = FORM.exec(amount);
  if (!parts) throw new RangeError('not a decimal amount with at most 6 places');
  const micro = BigInt(parts[2] ?? '0') * ONE + BigInt((parts[3] ?? '').padEnd(DIGITS, '0'));
  return parts[1] ? -micro : micro;
}

/** `1250000n` -> `"1.25"`: the shortest decimal string of the amount. */
export function fromMicroCredits(micro: bigint): string {
  const sign = micro < 0n ? '-' : '';
  const size = micro < 0n ? -micro : micro;
  const fraction = (size % ONE).toString().padStart(DIGITS, '0').replace(/0+$/, '');
  return `${sign}${size / ONE}${fraction ? `.${fraction}` : ''}`;
}

/** The shortest decimal string of an amount, such as `1.250000` from `numeric(18,6)`. */
export const normalizeCredits = (amount: string): string => fromMicroCredits(toMicroCredits(amount));

/** Adds decimal amounts exactly. */
export const sumCredits = (amounts: Iterable<string>): string => {
  let total = 0n;
  for (const amount of amounts) total += toMicroCredits(amount);
  return fromMicroCredits(total);
};
