import type { ScrapeView } from './scrape-view';

/** What prom-client gives for one metric; its own types leave out shared labels. */
interface Snapshot {
  name: string;
  help: string;
  type: string;
  values: { metricName?: string; labels: Record<string, string | number>; sharedLabels?: Record<string, string | number>; value: number }[];
}
export interface Readable {
  get(): Promise<unknown>;
  getForPromString?(): Promise<unknown>;
  /** For a metric that keeps the text of its series: writes their lines itself. */
  readonly name?: string;
  readonly help?: string;
  writeLines?(lines: string[], open: boolean, isNew: ScrapeView): void;
}

export const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** The format to answer with, from a request's `Accept` header. */
export const formatFor = (accept: string | undefined): typeof TEXT | typeof OPEN_METRICS => (accept?.includes('application/openmetrics-text') ? OPEN_METRICS : TEXT);

const escape = (text: string): string => (/[\\"\n]/.test(text) ? text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"') : text);
export const numberText = (value: number): string => (value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value));

type Labels = Record<string, string | number>;

/** The labels as a line shows them, braces included; nothing for no labels. */
export function labelText(own: Labels, shared?: Labels): string {
  let text = '';
  for (const name in own) text += `${text ? ',' : ''}${name}="${escape(String(own[name]))}"`;
  if (shared) for (const name in shared) text += `${text ? ',' : ''}${name}="${escape(String(shared[name]))}"`;
  return text && `{${text}}`;
}

/** A series keeps its labels object for life, so its text is made once and not at every scrape. */
const texts = new WeakMap<Labels, string>();
function keptLabelText(labels: Labels): string {
  let text = texts.get(labels);
  if (text === undefined) texts.set(labels, (text = labelText(labels)));
  return text;
}

const headOf = (family: string, help: string, type: string): string => `# HELP ${family} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}\n# TYPE ${family} ${type}`;

function writeSnapshot({ name, help, type, values }: Snapshot, lines: string[], { open, isNew }: { open: boolean; isNew: ScrapeView }): void {
  const family = open && type === 'counter' ? name.replace(/_total$/, '') : name;
  lines.push(headOf(family, help, type));
  const plain = open && type === 'counter' ? `${family}_total` : name;
  for (const { metricName, labels, sharedLabels, value } of values) {
    const shown = type === 'counter' && isNew(labels) ? 0 : value;
    lines.push(`${metricName ?? plain}${sharedLabels ? labelText(labels, sharedLabels) : keptLabelText(labels)} ${numberText(shown)}`);
  }
}

const showAll: ScrapeView = () => false;

/**
 * Writes metrics in either format from the same values; counters and histograms that are new to the scraper as 0. prom-client's registry can write only one, and renames its counters
 * in place when it is switched.
 */
export async function expose(metrics: readonly Readable[], format: typeof TEXT | typeof OPEN_METRICS, isNew: ScrapeView = showAll): Promise<string> {
  const open = format === OPEN_METRICS;
  const lines: string[] = [];
  for (const metric of metrics) {
    if (metric.writeLines) {
      lines.push(headOf(metric.name ?? '', metric.help ?? '', 'histogram'));
      metric.writeLines(lines, open, isNew);
    } else writeSnapshot((await (metric.getForPromString?.() ?? metric.get())) as Snapshot, lines, { open, isNew });
  }
  if (open) lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}
