import { keepActiveDays } from '@shadower/database';
import type { DataSource } from 'typeorm';
import { settleDays } from './settle-days';

/** How far back the counts of active users are kept ready: a quarter, the longest span that a dashboard offers. */
const KEPT_DAYS = 92;
const DAY_MS = 86_400_000;

/**
 * Settles the days of one workspace, and keeps the active users of those before today, which changes with every event. Whoever finds all days settled
 * finds their users kept: a mark that kept a day from it opens a day again when it is taken. Gives the days that went on.
 */
export function settleWorkspace(dataSource: DataSource, workspaceId: string, now: Date, stop?: () => boolean): Promise<string[]> {
  const to = new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS);
  const quarter = { from: new Date(to.getTime() - KEPT_DAYS * DAY_MS), to };
  return settleDays(dataSource, workspaceId, now, stop, (runner) => keepActiveDays(runner, workspaceId, quarter));
}
