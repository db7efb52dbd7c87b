/** A label whose values are known beforehand; any other value becomes `overflow`. */
export interface ClosedLabel<V extends string> {
  kind: 'closed';
  values: readonly V[];
  overflow: string;
}
/** A closed label that may be given any text, such as the name of a client's message: what is not in the list is folded. */
export interface FoldedLabel {
  kind: 'folded';
  values: readonly string[];
  overflow: string;
}
/** A label whose values come from our own code (routes, job types): the first `max` keep their name, the rest is `other`. */
export interface LimitedLabel {
  kind: 'limited';
  max: number;
  overflow: string;
}
export type Label = ClosedLabel<string> | FoldedLabel | LimitedLabel;
export type LabelsOf<L extends Record<string, Label>> = { [K in keyof L]: L[K] extends ClosedLabel<infer V> ? V : string };

export const oneOf = <const V extends string>(...values: V[]): ClosedLabel<V> => ({ kind: 'closed', values, overflow: 'other' });
export const folded = (values: readonly string[], overflow = 'other'): FoldedLabel => ({ kind: 'folded', values, overflow });
export const limited = (max: number): LimitedLabel => ({ kind: 'limited', max, overflow: 'other' });
