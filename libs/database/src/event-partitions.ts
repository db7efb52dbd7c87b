/** Partitions made ahead, in days: so long may nobody be there to make the next. */
const DAYS_AHEAD = 7;
/** The first day, from today, that no event can be of yet: they may be minutes ahead of the clock. */
const FIRST_UNREACHED = 2;

const MISSING = `
SELECT d.day::text, n >= ${FIRST_UNREACHED} AS unreached FROM generate_series(-1, ${DAYS_AHEAD}) n, LATERAL (SELECT (now() AT TIME ZONE 'UTC')::date + n AS day) d
WHERE to_regclass('events_' || to_char(d.day, 'YYYYMMDD')) IS NULL ORDER BY d.day`;

/** Runs one statement in a transaction of its own, and gives its rows. */
export type Step = (text: string, values?: unknown[]) => Promise<unknown>;

/**
 * Makes the partitions of yesterday to a week ahead that are not there, and gives their days (2026-01-31). Any number of processes may call it at once.
 * A day ahead is attached without a look at events_default under a lock that keeps readers out; a day that events may be of by now is not, for
 * events_default would have to refuse them meanwhile: that is a new database, or one that nobody looked after for a week.
 */
export async function ensureEventPartitions(step: Step): Promise<string[]> {
  const missing = (await step(MISSING)) as { day: string; unreached: boolean }[];
  const made: string[] = [];
  if (missing.length === 0) return made;
  // Somebody may have been ended between two steps.
  await step('SELECT release_event_days()');
  for (const { day, unreached } of missing) {
    if (unreached) await step('SELECT exclude_event_day($1::date)', [day]);
    if (unreached) await step('SELECT validate_event_day($1::date)', [day]);
    const [result] = (await step('SELECT ensure_event_partition($1::date) AS made', [day])) as [{ made: boolean }];
    if (unreached) await step('SELECT release_event_days()');
    if (result.made) made.push(day);
  }
  return made;
}
