/** What prom-client gives for one metric; its own types leave out exemplars and shared labels. */
interface Snapshot {
  name: string;
  help: string;
  type: string;
  values: { metricName?: string; labels: Record<string, string | number>; sharedLabels?: Record<string, string | number>; value: number; exemplar?: { labelSet: Record<string, string>; value: number; timestamp: number } | null }[];
}
export interface Readable {
  get(): Promise<unknown>;
  getForPromString?(): Promise<unknown>;
}

export const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** The format to answer with, from a request's `Accept` header. */
export const formatFor = (accept: string | undefined): typeof TEXT | typeof OPEN_METRICS => (accept?.includes('application/openmetrics-text') ? OPEN_METRICS : TEXT);

const escape = (text: string): string => (/[\\"\n]/.test(text) ? text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"') : text);
const number = (value: number): string => (value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value));

function labelText(own: Record<string, string | number>, shared: Record<string, string | number> | undefined): string {
  let text = '';
  for (const name in own) text += `${text ? ',' : ''}${name}="${escape(String(own[name]))}"`;
  if (shared) for (const name in shared) text += `${text ? ',' : ''}${name}="${escape(String(shared[name]))}"`;
  return text && `{${text}}`;
}

/**
 * Writes metrics in either format from the same values. prom-client's registry can write only one, and renames its counters
 * in place when it is switched.
 */
export async function expose(metrics: readonly Readable[], format: typeof TEXT | typeof OPEN_METRICS): Promise<string> {
  const open = format === OPEN_METRICS;
  const lines: string[] = [];
  for (const metric of metrics) {
    const { name, help, type, values } = (await (metric.getForPromString?.() ?? metric.get())) as Snapshot;
    const family = open && type === 'counter' ? name.replace(/_total$/, '') : name;
    lines.push(`# HELP ${family} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`, `# TYPE ${family} ${type}`);
    const plain = open && type === 'counter' ? `${family}_total` : name;
    for (const { metricName, labels, sharedLabels, value, exemplar } of values) {
      let line = `${metricName ?? plain}${labelText(labels, sharedLabels)} ${number(value)}`;
      if (open && exemplar) line += ` # ${labelText(exemplar.labelSet, undefined)} ${number(exemplar.value)} ${exemplar.timestamp}`;
      lines.push(line);
    }
  }
  if (open) lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}
