import { EXPORT_LIMITS } from '@shadower/domain';
import type { Cause } from './cause';

const WORKSPACES = ['north', 'east', 'south', 'west'];
const DAY_MS = 86_400_000;

/** Attempts that wait for minutes are a time window too. */
const HURRY = `UPDATE exports SET lease_until = clock_timestamp() WHERE status = 'queued' AND lease_until > clock_timestamp()`;

const unreadable: Cause['begin'] = async (range) => {
  const mend = await range.loseTable();
  const body = { dataset: 'rollups', format: 'csv', from: new Date(Date.now() - DAY_MS).toISOString(), to: new Date().toISOString() };
  for (const workspace of WORKSPACES) {
    for (let order = 0; order < EXPORT_LIMITS.active; order += 1) await range.api('exports', { method: 'POST', body, workspace });
  }
  const hurry = setInterval(() => void range.sql(HURRY).catch(() => undefined), 1_000);
  return () => {
    clearInterval(hurry);
    return mend();
  };
};

/** What goes wrong with exports. */
export const EXPORT_CAUSES: Record<string, Cause> = {
  ExportFailures: { says: 'exports read a table that is gone, and use up their attempts', begin: unreadable },
};
