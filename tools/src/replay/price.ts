import { fromMicroCredits, toMicroCredits } from '@shadower/domain';

export interface Tokens {
  context: number;
  generated: number;
}

/** Credits per 1,000 tokens, in millionths of a credit. */
export interface Price {
  contextMicro: bigint;
  generatedMicro: bigint;
}

/** What a replayed execution costs unless the command line says otherwise; with three decimals or fewer no execution is ever rounded. */
export const DEFAULT_PRICE = { context: '0.5', generated: '1.5' } as const;

/** Reads prices per 1,000 tokens such as "0.5". Throws a RangeError on anything but a decimal with at most 6 places, not negative. */
export function parsePrice(context: string, generated: string): Price {
  const price = { contextMicro: toMicroCredits(context), generatedMicro: toMicroCredits(generated) };
  if (price.contextMicro < 0n || price.generatedMicro < 0n) throw new RangeError('a price must not be negative');
  return price;
}

/**
 * The credits of one execution in millionths: context and generated tokens are priced together and the sum is rounded once, half up.
 * Each execution's credits are therefore exact to 6 places, and so is any sum of them.
 */
export const microCreditsOf = (tokens: Tokens, price: Price): bigint =>
  (BigInt(tokens.context) * price.contextMicro + BigInt(tokens.generated) * price.generatedMicro + 500n) / 1_000n;

export const creditsOf = (tokens: Tokens, price: Price): string => fromMicroCredits(microCreditsOf(tokens, price));
