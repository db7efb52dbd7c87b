import { until } from '../stack/until';
import type { Cause } from './cause';
import type { DrillRange } from './drill-range';

/** Seconds since the cause began, or since it ended for `resolved`. */
export interface DrillRow {
  alert: string;
  cause: string;
  fired?: number;
  delivered?: number;
  resolved?: number;
  problem?: string;
}

const PATIENCE_MS = 240_000;
const DELIVERY_MS = 60_000;
/** The longest window that has to forget the cause is that of ErrorBudgetBurnSlow, 6 hours: 216 s. */
const RESOLUTION_MS = 480_000;
const seconds = (since: number): number => Math.round((performance.now() - since) / 100) / 10;

const firing = (range: DrillRange, alert: string): Promise<boolean> => range.query(`ALERTS{alertname="${alert}",alertstate="firing"}`).then((series) => series.length > 0);

/** One alert from its cause to its end: fired by the real Prometheus, delivered by the real Alertmanager, resolved when the cause is gone. */
export async function runDrill(range: DrillRange, alert: string, cause: Cause): Promise<DrillRow> {
  const row: DrillRow = { alert, cause: cause.says };
  const problem = cause.impossible?.();
  if (problem) return { ...row, problem };
  await cause.ready?.(range);
  if (!(await until(async () => ((await firing(range, alert)) ? undefined : true), PATIENCE_MS, 500))) return { ...row, problem: 'fires before its cause' };
  const from = range.receiver.received.length;
  const told = (word: string): true | undefined => (range.receiver.received.slice(from).some(({ path, body }) => path.startsWith('/slack') && body.includes(`${word}`) && body.includes(alert)) ? true : undefined);
  const began = performance.now();
  const deliver = async (): Promise<void> => {
    if (await until(() => told(alert), DELIVERY_MS, 100)) row.delivered = seconds(began);
    else row.problem = 'fired and was not delivered';
  };
  const mend = await cause.begin(range);
  try {
    if (!(await until(async () => ((await firing(range, alert)) ? true : undefined), PATIENCE_MS, 200))) return { ...row, problem: `did not fire within ${PATIENCE_MS / 1_000} s` };
    row.fired = seconds(began);
    if (!cause.inhibitedBy) await deliver();
  } finally {
    await mend();
  }
  const ended = performance.now();
  if (cause.inhibitedBy) await deliver();
  if (await until(async () => ((await firing(range, alert)) ? undefined : true), RESOLUTION_MS, 200)) row.resolved = seconds(ended);
  else row.problem = `did not resolve within ${RESOLUTION_MS / 1_000} s`;
  return row;
}
