/** One query of a panel. */
export interface Query {
  expr: string;
  legend: string;
  /** Shows the traces of single requests as dots; needs the buckets themselves, for recorded series carry no exemplars. */
  exemplars?: boolean;
  /** Unit of this query alone, where it differs from the panel's. */
  unit?: string;
}

/** An alert and the recorded series of the panel that it judges. */
export interface Mirror {
  alert: string;
  /** The alert's bound of it is drawn as a threshold. Undefined where the alert judges nothing that a curve can show. */
  record?: string;
  /** The alert has no bound to draw: it moves, or it is 0. */
  unbounded?: true;
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
  mirrors?: readonly Mirror[];
  /** A threshold of its own, where no alert has one: red from there on. */
  red?: number;
  /** Likewise, but red below; values may then be below zero. */
  green?: number;
  max?: number;
}
