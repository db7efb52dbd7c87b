import { FieldColorModeId, ThresholdsMode, type Panel, type Threshold } from '@grafana/schema';
import { boundOf, type Bound } from '../bound';
import type { PanelRow, Query } from './panel-row';

export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const COLORS = ['orange', 'red'];

const boundsOf = ({ mirrors = [] }: PanelRow, queries: readonly Query[]): Bound[] => mirrors.flatMap(({ alert, record, unbounded }) => (record && !unbounded && queries.some(({ expr }) => expr.includes(record)) ? [boundOf(alert, record)] : []));

function steps(bounds: readonly Bound[]): Threshold[] {
  if (bounds.some(({ bad }) => bad === 'below')) return [{ color: 'red', value: null }, ...bounds.map(({ value }) => ({ color: 'green', value }))];
  return [{ color: 'green', value: null }, ...bounds.map(({ value }, index) => ({ color: bounds.length === 1 ? 'red' : (COLORS[index] as string), value }))];
}

/** Bounds of the alerts that the panel mirrors in its own unit, as Grafana colours them: from the lowest, each the colour of its upper side. */
export function thresholdsOf(row: PanelRow): Threshold[] {
  if (row.green !== undefined) return steps([{ value: row.green, bad: 'below' }]);
  return steps(row.red === undefined ? boundsOf(row, row.queries.filter(({ unit }) => !unit)) : [{ value: row.red, bad: 'above' }]);
}

/** What a query in a unit of its own needs: an axis on the right, and the bounds that are in this unit. */
function override(row: PanelRow, query: Query, refId: string): { matcher: { id: string; options: string }; properties: { id: string; value: unknown }[] } {
  const thresholds = steps(boundsOf(row, [query]));
  const drawn = thresholds.length > 1 ? [{ id: 'thresholds', value: { mode: ThresholdsMode.Absolute, steps: thresholds } }] : [];
  return { matcher: { id: 'byFrameRefID', options: refId }, properties: [{ id: 'unit', value: query.unit }, { id: 'custom.axisPlacement', value: 'right' }, ...drawn, { id: 'custom.thresholdsStyle', value: { mode: drawn.length > 0 ? 'dashed' : 'off' } }] };
}

const described = ({ description, mirrors = [] }: PanelRow): string => (mirrors.length === 0 ? description : `${description} Mirrored by ${mirrors.map(({ alert }) => alert).join(', ')}.`);

const reduceOptions = { calcs: ['lastNotNull'], fields: '', values: false };
const OPTIONS: Record<PanelRow['kind'], Record<string, unknown>> = {
  timeseries: { legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] }, tooltip: { mode: 'multi', sort: 'desc' } },
  stat: { reduceOptions, colorMode: 'value', graphMode: 'area', justifyMode: 'auto', orientation: 'auto', textMode: 'auto', wideLayout: true },
  bargauge: { reduceOptions, displayMode: 'basic', orientation: 'horizontal', valueMode: 'color', namePlacement: 'auto', showUnfilled: true, sizing: 'auto', minVizWidth: 8, minVizHeight: 16, maxVizHeight: 300 },
};

/** The panel of one row, at its place in a grid of three columns. */
export function toPanel(row: PanelRow, index: number): Panel {
  const thresholds = thresholdsOf(row);
  const custom = row.kind === 'timeseries' ? { custom: { drawStyle: 'line', lineWidth: 1, fillOpacity: 10, showPoints: 'never', spanNulls: false, thresholdsStyle: { mode: thresholds.length > 1 ? 'dashed' : 'off' } } } : {};
  return {
    id: row.id,
    title: row.title,
    description: described(row),
    type: row.kind,
    datasource: DATASOURCE,
    gridPos: { x: (index % 3) * 8, y: Math.floor(index / 3) * 8, w: 8, h: 8 },
    targets: row.queries.map(({ expr, legend, exemplars = false }, at) => ({ refId: String.fromCharCode(65 + at), datasource: DATASOURCE, editorMode: 'code', expr, legendFormat: legend, exemplar: exemplars, range: row.kind === 'timeseries', instant: row.kind !== 'timeseries' })),
    fieldConfig: {
      defaults: { unit: row.unit, ...(row.green === undefined && { min: 0 }), ...(row.max !== undefined && { max: row.max }), color: { mode: row.kind === 'timeseries' ? FieldColorModeId.PaletteClassic : FieldColorModeId.Thresholds }, thresholds: { mode: ThresholdsMode.Absolute, steps: thresholds }, ...custom },
      overrides: row.queries.flatMap((query, at) => (query.unit ? [override(row, query, String.fromCharCode(65 + at))] : [])),
    },
    options: OPTIONS[row.kind],
  };
}
