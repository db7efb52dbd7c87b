import { newTable } from '../terminal/new-table';
import { CAUSES, leave, SHORT_DRILL } from './causes';
import { DrillRange } from './drill-range';
import { runDrill, type DrillRow } from './run-drill';

const FACTOR = 30;
const ENDS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const;
const USAGE = `npm run drill [-- ALERT ... | --short]   alerts with a cause: ${Object.keys(CAUSES).join(', ')}`;

function chosen(args: readonly string[]): string[] {
  if (args.includes('--short')) return SHORT_DRILL;
  const unknown = args.filter((name) => !(name in CAUSES));
  if (unknown.length > 0) throw new Error(`no cause for ${unknown.join(', ')}\n${USAGE}`);
  return args.length > 0 ? [...args] : Object.keys(CAUSES);
}

const show = (value: number | undefined): string => (value === undefined ? '-' : `${value.toFixed(1)} s`);

function table(rows: readonly DrillRow[]): string {
  const text = newTable({ head: ['alert', 'cause', 'fired after', 'delivered after', 'resolved after', ''] });
  for (const row of rows) text.push([row.alert, row.cause, show(row.fired), show(row.delivered), show(row.resolved), row.problem ?? 'ok']);
  return text.toString();
}

async function drill(names: readonly string[], factor: number): Promise<DrillRow[]> {
  console.log(`fire drill of ${names.length} alerts; every time window of rules, scrapes and notifications is ${factor} times shorter, thresholds are as they are`);
  const starting = DrillRange.start(factor);
  let stopping: Promise<void> | undefined;
  // A terminal tells us and who started us, who tells us again; what is asked for once more must not end us before our servers.
  const asked = (): void => void (stopping ??= starting.then((started) => started.stop(), () => undefined).then(() => process.exit(130)));
  for (const word of ENDS) process.on(word, asked);
  const range = await starting;
  const rows: DrillRow[] = [];
  try {
    for (const name of names) {
      const cause = CAUSES[name] as (typeof CAUSES)[string];
      const row = await runDrill(range, name, cause).catch((error: unknown): DrillRow => ({ alert: name, cause: cause.says, problem: error instanceof Error ? error.message : String(error) }));
      rows.push(row);
      console.log(`${row.problem ? '✗' : '✓'} ${name}: ${row.cause}; fired ${show(row.fired)}, delivered ${show(row.delivered)}, resolved ${show(row.resolved)} ${row.problem ?? ''}`);
    }
  } finally {
    for (const word of ENDS) process.off(word, asked);
    leave();
    await range.stop();
  }
  return rows;
}

async function main(): Promise<void> {
  const byFactor = Map.groupBy(chosen(process.argv.slice(2)), (name) => CAUSES[name]?.factor ?? FACTOR);
  const rows: DrillRow[] = [];
  for (const [factor, names] of byFactor) rows.push(...(await drill(names, factor)));
  console.log(table(rows));
  if (rows.some(({ problem }) => problem && !problem.startsWith('needs'))) process.exitCode = 1;
}

main()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  })
  .finally(() => process.connected && process.disconnect());
