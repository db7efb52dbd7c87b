import { dropped } from '../context/delivery';
import type { Label } from './label';

export type LabelValues = Record<string, string>;

/** Holds the values of a metric's labels to what the catalog allows, so that no caller can make series without end. */
export class LabelGuard {
  private readonly seen = new Map<string, Set<string>>();
  private readonly entries: [string, Label][];

  constructor(labels: Record<string, Label>) {
    this.entries = Object.entries(labels);
    for (const [name, label] of this.entries) this.seen.set(name, new Set(label.kind === 'limited' ? [] : label.values));
  }

  /** `values` itself when all are allowed (the usual case costs no copy), else a copy with the overflow value. */
  fold(values: LabelValues): LabelValues {
    let result = values;
    for (const [name, label] of this.entries) {
      const value = values[name] ?? label.overflow;
      if (this.admit(name, label, value)) continue;
      if (result === values) result = { ...values };
      result[name] = label.overflow;
      if (label.kind === 'limited' && label.max > 0 && value !== label.overflow) dropped('metrics', 'cardinality');
    }
    return result;
  }

  private admit(name: string, label: Label, value: string): boolean {
    const seen = this.seen.get(name) as Set<string>;
    if (seen.has(value)) return true;
    if (label.kind !== 'limited' || seen.size >= label.max) return false;
    seen.add(value);
    return true;
  }

  /** Every combination of labels, when all are closed: they begin at 0 so that a rate sees the first event. */
  combinations(): LabelValues[] {
    let rows: LabelValues[] = [{}];
    for (const [name, label] of this.entries) {
      if (label.kind === 'limited') return [];
      rows = rows.flatMap((row) => label.values.map((value) => ({ ...row, [name]: value })));
    }
    return rows;
  }
}
