/** One query of a panel. */
export interface Query {
  expr: string;
  legend: string;
  /** Shows the traces of single requests as dots; needs the buckets themselves, for recorded series carry no exemplars. */
  exemplars?: boolean;
  /** Unit of this query alone, where it differs from the panel's. */
  unit?: string;
}

/** One row of the table that dashboards, their tests and the picture of them come from. */
export interface PanelRow {
  id: number;
  title: string;
  /** What it shows and what to think of it; the mirrored alerts are named by the generator. */
  description: string;
  kind: 'timeseries' | 'stat' | 'bargauge';
  /** Unit of Grafana. */
  unit: string;
  queries: readonly Query[];
  /** Alerts that it mirrors, with the recorded series whose bound becomes a threshold; without a series the alert has no fixed bound. */
  mirrors?: readonly { alert: string; record?: string }[];
  /** A threshold of its own, where no alert has one. */
  red?: number;
  max?: number;
}
