const DAY_MS = 86_400_000;
const DEEPEST = 0.12;
const WEEKEND = 0.35;

/**
 * How busy a moment is, from 0 to 1: offices fill from 7 to 11, thin out a little at noon and empty by 20 hours; weekends are quiet.
 * `dayMs` compresses the rhythm: with 600,000 a day's ups and downs pass in ten minutes (weekdays are then counted in such days).
 */
export function busyness(timeMs: number, offsetHours: number, dayMs = DAY_MS): number {
  const days = timeMs / dayMs + offsetHours / 24;
  const hour = (days - Math.floor(days)) * 24;
  // 1 January 1970 was a Thursday.
  const weekday = (Math.floor(days) + 4) % 7;
  const hump = Math.exp(-(((hour - 13.5) / 5.2) ** 4));
  const lunch = 1 - 0.18 * Math.exp(-(((hour - 12.5) / 0.8) ** 2));
  return (DEEPEST + (1 - DEEPEST) * hump * lunch) * (weekday === 0 || weekday === 6 ? WEEKEND : 1);
}
