import { init, type EChartsCoreOption } from 'echarts';
import type { PanelRow, Query } from './panel-row';
import { plainQuery } from './plain-query';
import { thresholdsOf } from './to-panel';

export interface RenderOptions {
  /** Base URL of a running Prometheus. */
  prometheus: string;
  rows: readonly PanelRow[];
  /** What the picture shows: from `now - minutes` to `now`, in milliseconds since 1970. */
  now: number;
  minutes: number;
}
interface Series {
  name: string;
  /** Seconds since 1970 and value. */
  points: [number, number][];
}

const STEPS = 120;
const SIZE = { width: 560, height: 280 };
const legend = (template: string, metric: Record<string, string>): string => template.replace(/\{\{(\w+)\}\}/g, (_all, label: string) => metric[label] ?? '').trim();

async function ask({ prometheus, now, minutes }: RenderOptions, { expr, legend: template }: Query): Promise<Series[]> {
  const step = Math.max((minutes * 60) / STEPS, 0.5);
  const parameters = new URLSearchParams({ query: plainQuery(expr, `${Math.max(Math.ceil(step * 4), 5)}s`), start: String(now / 1_000 - minutes * 60), end: String(now / 1_000), step: String(step) });
  const answer = (await (await fetch(`${prometheus}/api/v1/query_range?${parameters.toString()}`)).json()) as { status: string; error?: string; data: { result: { metric: Record<string, string>; values: [number, string][] }[] } };
  if (answer.status !== 'success') throw new Error(`${expr}: ${answer.error ?? answer.status}`);
  return answer.data.result.map(({ metric, values }) => ({ name: legend(template, metric), points: values.map(([at, value]) => [at, Number(value)]) }));
}

const UNITS: Record<string, (value: number) => string> = {
  percentunit: (value) => `${Number((value * 100).toPrecision(3))} %`,
  s: (value) => (Math.abs(value) < 1 ? `${Number((value * 1_000).toPrecision(3))} ms` : `${Number(value.toPrecision(3))} s`),
};
const show = (unit: string, value: number): string => (UNITS[unit] ?? ((plain: number) => `${Number(plain.toPrecision(3))}${unit === 'reqps' || unit === 'eps' ? '/s' : ''}`))(value);

function curves(row: PanelRow, series: Series[]): EChartsCoreOption {
  const lines = thresholdsOf(row).filter(({ value }) => value !== null).map(({ value, color }) => ({ yAxis: value as number, lineStyle: { color: color === 'green' ? 'red' : color, type: 'dashed' }, label: { show: false } }));
  return {
    xAxis: { type: 'time' },
    yAxis: { type: 'value', min: 0, axisLabel: { formatter: (value: number) => show(row.unit, value) } },
    series: series.map(({ name, points }, index) => ({ name, type: 'line', showSymbol: points.length < 3, data: points.map(([at, value]) => [at * 1_000, value]), ...(index === 0 && lines.length > 0 && { markLine: { symbol: 'none', silent: true, data: lines } }) })),
  };
}

function figures(row: PanelRow, series: Series[]): EChartsCoreOption {
  const last = series.map(({ name, points }) => ({ name, value: points.at(-1)?.[1] ?? 0 })).sort((a, b) => a.value - b.value).slice(-10);
  return {
    grid: { left: 8, right: 60, top: 40, bottom: 8, containLabel: true },
    xAxis: { type: 'value', show: false },
    yAxis: { type: 'category', data: last.map(({ name }) => name) },
    series: [{ type: 'bar', data: last.map(({ value }) => value), label: { show: true, position: 'right', formatter: ({ value }: { value: number }) => show(row.unit, value) } }],
  };
}

function draw(row: PanelRow, series: Series[]): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...SIZE });
  const title = { text: `${row.id}. ${row.title}`, subtext: series.length === 0 ? 'no data' : '', left: 'center', textStyle: { fontSize: 14 } };
  chart.setOption({ animation: false, title, legend: { bottom: 0, type: 'scroll', show: row.kind === 'timeseries' }, grid: { left: 8, right: 16, top: 40, bottom: 40, containLabel: true }, ...(row.kind === 'timeseries' ? curves(row, series) : figures(row, series)) });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** A page with a drawing of each panel, from the same table as Grafana's dashboard, and the titles of the panels that had no data. */
export async function renderDashboard(options: RenderOptions): Promise<{ html: string; empty: string[] }> {
  const empty: string[] = [];
  const drawings: string[] = [];
  for (const row of options.rows) {
    const series = (await Promise.all(row.queries.map((query) => ask(options, query)))).flat();
    if (series.length === 0) empty.push(row.title);
    drawings.push(`<figure title="${row.description.replaceAll('"', '&quot;')}">${draw(row, series)}</figure>`);
  }
  const at = new Date(options.now).toISOString();
  const style = 'body{font-family:sans-serif;margin:1em}main{display:grid;grid-template-columns:repeat(auto-fill,560px);gap:12px}figure{margin:0;border:1px solid #ddd}';
  return { html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shadower Analytics</title><style>${style}</style><h1>Shadower Analytics</h1><p>${options.minutes} minutes to ${at}</p><main>${drawings.join('\n')}</main></html>\n`, empty };
}
