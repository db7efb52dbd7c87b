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
  /** Time between two scrapes; a rate needs some of them, so `$__rate_interval` is at least four, as in Grafana. */
  scrapeSeconds: number;
}
interface Series {
  name: string;
  /** Of its query, where that differs from the panel's: drawn against the axis on the right. */
  unit?: string;
  /** Seconds since 1970 and value. */
  points: [number, number][];
}

const STEPS = 120;
const SIZE = { width: 560, height: 280 };
const legend = (template: string, metric: Record<string, string>): string => template.replace(/\{\{(\w+)\}\}/g, (_all, label: string) => metric[label] ?? '').trim();

async function ask({ prometheus, now, minutes, scrapeSeconds }: RenderOptions, { expr, legend: template, unit }: Query): Promise<Series[]> {
  const step = Math.max((minutes * 60) / STEPS, 0.5);
  const parameters = new URLSearchParams({ query: plainQuery(expr, `${Math.ceil(4 * Math.max(step, scrapeSeconds))}s`), start: String(now / 1_000 - minutes * 60), end: String(now / 1_000), step: String(step) });
  const answer = (await (await fetch(`${prometheus}/api/v1/query_range?${parameters.toString()}`)).json()) as { status: string; error?: string; data: { result: { metric: Record<string, string>; values: [number, string][] }[] } };
  if (answer.status !== 'success') throw new Error(`${expr}: ${answer.error ?? answer.status}`);
  return answer.data.result.map(({ metric, values }) => ({ name: legend(template, metric), unit, points: values.map(([at, value]) => [at, Number(value)]) }));
}

const UNITS: Record<string, (value: number) => string> = {
  percentunit: (value) => `${Number((value * 100).toPrecision(3))} %`,
  s: (value) => (Math.abs(value) < 1 ? `${Number((value * 1_000).toPrecision(3))} ms` : `${Number(value.toPrecision(3))} s`),
};
const PER: Record<string, string> = { reqps: '/s', eps: '/s', ops: '/s', opm: '/min' };
const show = (unit: string, value: number): string => (UNITS[unit] ?? ((plain: number) => `${Number(plain.toPrecision(3))}${PER[unit] ?? ''}`))(value);

const COLOURS = ['#3b82f6', '#f59e0b', '#10b981', '#8b5cf6', '#ec4899', '#06b6d4', '#ef4444', '#84cc16', '#a16207', '#64748b'];
const GREY = '#64748b';
/** Between two axes on the right. */
const AXIS = 44;
const GRID = { left: 12, right: 20, top: 44, bottom: 34, containLabel: true };

function curves(row: PanelRow, series: Series[]): EChartsCoreOption {
  const axes = [row.unit, ...new Set(series.flatMap(({ unit }) => unit ?? []))];
  const bounds = thresholdsOf(row).filter(({ value }) => value !== null).map(({ value }) => ({ yAxis: value as number, lineStyle: { color: '#ef4444', type: 'dashed' }, label: { show: false } }));
  const markLine = { symbol: 'none', silent: true, data: bounds };
  const all = series.flatMap(({ unit, points }) => (unit ? [] : points.map(([, value]) => value)));
  // Nothing but zeros would be drawn under a hundred percent, with the bound at its foot.
  const top = Math.max(0, ...all) === 0 && bounds.length > 0 ? 2 * Math.max(...bounds.map(({ yAxis }) => yAxis)) : undefined;
  return {
    // ECharts keeps room for the labels of an axis, not for the distance at which a third one stands.
    grid: { ...GRID, right: GRID.right + AXIS / 2 * Math.max(0, axes.length - 2) },
    legend: { bottom: 4, type: 'scroll', icon: 'roundRect', itemGap: 20, itemWidth: 14, itemHeight: 4, textStyle: { color: GREY, fontSize: 11 } },
    xAxis: { type: 'time', axisLabel: { color: GREY, hideOverlap: true }, axisLine: { lineStyle: { color: '#cbd5e1' } } },
    yAxis: axes.map((unit, index) => ({ type: 'value', offset: Math.max(0, index - 1) * AXIS, min: 0, max: index === 0 ? (top ?? row.max) : undefined, splitNumber: 4, axisLabel: { color: GREY, formatter: (value: number) => show(unit, value) }, splitLine: { show: unit === row.unit, lineStyle: { color: '#eef2f7' } } })),
    series: series.map(({ name, unit, points }, index) => ({ name, type: 'line', yAxisIndex: axes.indexOf(unit ?? row.unit), lineStyle: { width: 1.6 }, areaStyle: { opacity: series.length > 3 ? 0 : 0.06 }, showSymbol: points.length < 3, data: points.map(([at, value]) => [at * 1_000, value]), ...(index === 0 && bounds.length > 0 && { markLine }) })),
  };
}

const latest = (series: Series[]): { name: string; unit?: string; value: number }[] => series.map(({ name, unit, points }) => ({ name, unit, value: points.at(-1)?.[1] ?? 0 })).sort((a, b) => a.value - b.value).slice(-10);

function bars(row: PanelRow, series: Series[]): EChartsCoreOption {
  const last = latest(series);
  return {
    // Without a browser the width of a text is guessed, and too small.
    grid: { ...GRID, left: 44, right: 70, bottom: 12 },
    xAxis: { type: 'value', show: false },
    yAxis: { type: 'category', data: last.map(({ name }) => name), axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: GREY, width: 270, overflow: 'truncate' } },
    series: [{ type: 'bar', barMaxWidth: 16, itemStyle: { borderRadius: 3 }, data: last.map(({ value }) => value), label: { show: true, position: 'right', color: GREY, formatter: ({ value }: { value: number }) => show(row.unit, value) } }],
  };
}

function numbers(row: PanelRow, series: Series[]): EChartsCoreOption {
  const last = latest(series).reverse();
  const height = (SIZE.height - GRID.top) / Math.max(last.length, 1);
  const size = last.length > 4 ? 20 : 34;
  const text = (words: string, size: number, fill: string, top: number): object => ({ type: 'text', left: 'center', top, style: { text: words, fontSize: size, fontWeight: 600, fill } });
  const red = thresholdsOf(row).at(-1)?.value ?? Infinity;
  return {
    graphic: last.flatMap(({ name, unit, value }, index) => {
      const top = GRID.top + index * height + height / 2 - size;
      return [text(show(unit ?? row.unit, value), size, value >= red ? '#ef4444' : '#10b981', top), text(name, 12, GREY, top + size + 4)];
    }),
  };
}

const DRAWN_AS: Record<PanelRow['kind'], (row: PanelRow, series: Series[]) => EChartsCoreOption> = { timeseries: curves, bargauge: bars, stat: numbers };

function draw(row: PanelRow, series: Series[]): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...SIZE });
  const title = { text: `${row.id}  ${row.title}`, subtext: series.length === 0 ? 'no data' : '', left: 12, top: 10, textStyle: { fontSize: 15, fontWeight: 600, color: '#0f172a' } };
  chart.setOption({ animation: false, color: COLOURS, textStyle: { fontFamily: 'Inter, Helvetica, Arial, sans-serif' }, title, ...DRAWN_AS[row.kind](row, series) });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

const STYLE = `body{font-family:Inter,Helvetica,Arial,sans-serif;margin:24px;background:#f1f5f9;color:#0f172a}
h1{margin:0;font-size:26px}p{margin:4px 0 18px;color:${GREY}}
main{display:grid;grid-template-columns:repeat(auto-fill,${SIZE.width}px);gap:16px}
figure{margin:0;background:#fff;border-radius:10px;box-shadow:0 1px 3px #0f172a22;overflow:hidden}
figcaption{padding:0 14px 12px;font-size:12px;color:${GREY}}`;
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** A page with a drawing of each panel, from the same table as Grafana's dashboard, and the titles of the panels that had no data. */
export async function renderDashboard(options: RenderOptions): Promise<{ html: string; empty: string[] }> {
  const empty: string[] = [];
  const drawings: string[] = [];
  for (const row of options.rows) {
    const series = (await Promise.all(row.queries.map((query) => ask(options, query)))).flat();
    if (series.length === 0) empty.push(row.title);
    drawings.push(`<figure>${draw(row, series)}<figcaption>${escaped(row.description)}</figcaption></figure>`);
  }
  const at = new Date(options.now).toISOString().slice(0, 19).replace('T', ' ');
  return { html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shadower Analytics</title><style>${STYLE}</style><h1>Shadower Analytics</h1><p>${options.minutes} minutes to ${at} UTC; red lines are where alerts begin</p><main>${drawings.join('\n')}</main></html>\n`, empty };
}
