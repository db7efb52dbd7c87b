import type { Point } from './slope';

const WINDOW_HOURS = 5 / 60;

/** The least value of each five minutes, at the moment at which it was seen: what stays when garbage is collected. A shorter rest at the end is left out, unless it is all there is. */
export function floors(points: readonly Point[], windowHours = WINDOW_HOURS): Point[] {
  const windows = [...Map.groupBy(points, ({ hours }) => Math.floor(hours / windowHours)).values()];
  const end = points.at(-1)?.hours ?? 0;
  // Looks come a little apart, so the last of a whole window stands just before its end.
  const whole = windows.filter(([first], index) => index === 0 || end >= (Math.floor((first as Point).hours / windowHours) + 0.9) * windowHours);
  return whole.map((window) => window.reduce((least, point) => (point.value < least.value ? point : least)));
}
