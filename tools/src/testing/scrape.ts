import { request } from './json-request';

/** One line of an exposition. */
export interface Series {
  /** As written: a histogram's ends in `_bucket`, `_sum` or `_count`. */
  name: string;
  /** The metric that it belongs to. */
  family: string;
  labels: Record<string, string>;
  value: number;
}

const LINE = /^(\w+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Every series that an app shows at `url` (of /metrics or /metrics/cluster). */
export async function scrape(url: string): Promise<Series[]> {
  const { status, text } = await request(url);
  if (status !== 200) throw new Error(`${url} answered ${status}: ${text}`);
  let family = '';
  return text.split('\n').flatMap((line) => {
    family = /^# TYPE (\w+) /.exec(line)?.[1] ?? family;
    const [, name, labels = '', value] = LINE.exec(line) ?? [];
    if (name === undefined) return [];
    return [{ name, family, labels: Object.fromEntries([...labels.matchAll(LABEL)].map(([, label, text]) => [label, text])) as Record<string, string>, value: Number(value) }];
  });
}
