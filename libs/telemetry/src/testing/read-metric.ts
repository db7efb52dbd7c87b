import type { Catalog } from '../metrics/catalog';
import { expose, TEXT } from '../metrics/exposition';
import { clusterRegistry, processRegistry } from '../metrics/instruments';
import { beforeScrape } from '../metrics/process';

/**
 * The value of one series of this process as a scrape would show it; of a histogram, its count. Labels that are left out match
 * any value, and the matching series are added up. 0 when there is none.
 */
export async function readMetric(name: keyof Catalog, labels: Record<string, string> = {}): Promise<number> {
  beforeScrape();
  const text = await expose([...processRegistry.getMetricsAsArray(), ...clusterRegistry.getMetricsAsArray()] as never[], TEXT);
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  let total = 0;
  for (const line of text.split('\n')) {
    const [, metric, shown = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (metric !== name && metric !== `${name}_count`) continue;
    const pairs = shown.split(/,(?=\w+=")/);
    if (wanted.every((pair) => pairs.includes(pair))) total += Number(value);
  }
  return total;
}
