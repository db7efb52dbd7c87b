import { init } from 'echarts';
import { APP_NAMES } from '../stack/running-stack';
import { floors } from './floors';
import { slope } from './slope';
import type { SoakSeries } from './soak';

const SIZE = { width: 900, height: 520 };
const COLOURS = ['#3b82f6', '#f59e0b', '#10b981'];

/** `+1.2` */
const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(1)}`;

/** Memory above, latency below, over the same time; an SVG. */
export function drawSoak({ memory, latency }: SoakSeries, title: string): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...SIZE });
  const line = (index: number, of: SoakSeries['memory']) => (name: (typeof APP_NAMES)[number]) => ({ name, type: 'line', showSymbol: false, xAxisIndex: index, yAxisIndex: index, data: of[name].map(({ hours, value }) => [hours * 60, value]) });
  const axis = (gridIndex: number) => ({ type: 'value', gridIndex, name: gridIndex ? 'minutes' : '', nameLocation: 'middle', nameGap: 24 });
  chart.setOption({
    animation: false,
    color: COLOURS,
    title: { text: title, left: 12, top: 8, textStyle: { fontSize: 15 } },
    legend: { top: 34, data: [...APP_NAMES] },
    grid: [{ left: 70, right: 20, top: 70, height: 170 }, { left: 70, right: 20, top: 300, height: 160 }],
    xAxis: [axis(0), axis(1)],
    yAxis: [{ type: 'value', gridIndex: 0, name: 'resident MB', scale: true }, { type: 'value', gridIndex: 1, name: 'answer in ms', min: 0 }],
    series: [...APP_NAMES.map(line(0, memory)), ...APP_NAMES.map(line(1, latency))],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** A line an application: where its memory stood, the least of each five minutes and how that grows, and its answers. */
export function soakSummary({ memory, latency }: SoakSeries): string[] {
  return APP_NAMES.map((name) => {
    const times = latency[name].map(({ value }) => value).sort((a, b) => a - b);
    const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
    const [first, last, least] = [memory[name][0]?.value ?? 0, memory[name].at(-1)?.value ?? 0, floors(memory[name])];
    // V8 takes what it may before it collects: what is left after it says whether something is held.
    return `${name.padEnd(18)} ${first.toFixed(0)} -> ${last.toFixed(0)} MB, slope ${signed(slope(memory[name]))} MB an hour; floors ${least.map(({ value }) => value.toFixed(0)).join(', ')} MB, slope ${signed(slope(least))} MB an hour; answers p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
  });
}
