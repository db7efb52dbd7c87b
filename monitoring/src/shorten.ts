const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const milliseconds = (duration: string): number =>
  [...duration.matchAll(/(\d+)(ms|s|m|h|d)/g)].reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS], 0);

/** A Prometheus duration divided by `factor`, not under `leastMs`; `0s` stays 0. */
export function shortenDuration(duration: string, factor: number, leastMs = 0): string {
  const all = milliseconds(duration);
  return all === 0 ? duration : `${Math.max(Math.round(all / factor), leastMs)}ms`;
}

/** An expression with its ranges, steps and offsets divided by `factor`; names and thresholds stay as they are. */
export const shortenExpression = (expr: string, factor: number): string =>
  expr
    .replace(/\[(\d+\w+)(?::(\d+\w+)?)?\]/g, (text, range: string, step?: string) => (text.includes(':') ? `[${shortenDuration(range, factor)}:${step ? shortenDuration(step, factor, 1) : ''}]` : `[${shortenDuration(range, factor)}]`))
    .replace(/\boffset (\d+\w+)/g, (_text, by: string) => `offset ${shortenDuration(by, factor)}`);
