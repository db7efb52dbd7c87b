import { alerts } from './rules';

export interface Bound {
  value: number;
  /** Which side is bad. */
  bad: 'above' | 'below';
}

/** The number that an alert holds a recording rule against; throws when it holds it against none. */
export function boundOf(alertName: string, record: string): Bound {
  const expr = alerts().find(({ alert }) => alert === alertName)?.expr ?? '';
  const match = new RegExp(`${record} (>=?|<|==) ([\\d.]+)`).exec(expr);
  if (!match) throw new Error(`${alertName} compares ${record} with no number`);
  return { value: Number(match[2]), bad: (match[1] as string).startsWith('>') ? 'above' : 'below' };
}
