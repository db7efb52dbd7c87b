import { FieldColorModeId, ThresholdsMode, type Panel, type Threshold } from '@grafana/schema';
import { boundOf } from '../bound';
import type { PanelRow } from './panel-row';

export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const COLORS = ['orange', 'red'];

/** Bounds of the alerts that the panel mirrors, as Grafana colours them: from the lowest, each the colour of its upper side. */
export function thresholdsOf(row: PanelRow): Threshold[] {
  const bounds = (row.mirrors ?? []).flatMap(({ alert, record }) => (record ? [boundOf(alert, record)] : []));
  if (bounds.some(({ bad }) => bad === 'below')) return [{ color: 'red', value: null }, ...bounds.map(({ value }) => ({ color: 'green', value }))];
  const values = row.red === undefined ? bounds.map(({ value }) => value) : [row.red];
  return [{ color: 'green', value: null }, ...values.map((value, index) => ({ color: values.length === 1 ? 'red' : (COLORS[index] as string), value }))];
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
      defaults: { unit: row.unit, min: 0, ...(row.max !== undefined && { max: row.max }), color: { mode: row.kind === 'timeseries' ? FieldColorModeId.PaletteClassic : FieldColorModeId.Thresholds }, thresholds: { mode: ThresholdsMode.Absolute, steps: thresholds }, ...custom },
      overrides: row.queries.flatMap(({ unit }, at) => (unit ? [{ matcher: { id: 'byFrameRefID', options: String.fromCharCode(65 + at) }, properties: [{ id: 'unit', value: unit }, { id: 'custom.axisPlacement', value: 'right' }, { id: 'custom.thresholdsStyle', value: { mode: 'off' } }] }] : [])),
    },
    options: OPTIONS[row.kind],
  };
}
