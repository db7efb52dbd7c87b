const DAY_MS = 86_400_000;
const DEEPEST = 0.12;
const WEEKEND = 0.35;
/** A Tuesday at nine: where a compressed day begins. */
const MORNING = Date.UTC(2026, 0, 6, 9);

/** How busy a moment is, from 0 to 1: offices fill from 7 to 11, thin out a little at noon and empty by 20 hours; weekends are quiet. */
export function busyness(timeMs: number, offsetHours: number): number {
  const days = timeMs / DAY_MS + offsetHours / 24;
  const hour = (days - Math.floor(days)) * 24;
  // 1 January 1970 was a Thursday.
  const weekday = (Math.floor(days) + 4) % 7;
  const hump = Math.exp(-(((hour - 13.5) / 5.2) ** 4));
  const lunch = 1 - 0.18 * Math.exp(-(((hour - 12.5) / 0.8) ** 2));
  return (DEEPEST + (1 - DEEPEST) * hump * lunch) * (weekday === 0 || weekday === 6 ? WEEKEND : 1);
}

/** The moment of a working day that `elapsedMs` stands for when a day's ups and downs pass in `dayMs`, again and again. */
export const compressedMoment = (elapsedMs: number, dayMs: number): number => MORNING + (((elapsedMs / dayMs) * DAY_MS) % DAY_MS);
