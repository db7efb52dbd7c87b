/** One attempt to publish, numbered from 1. `taken`: Redis said that it has it; otherwise it may have it or not. */
export interface Publication {
  n: number;
  taken: boolean;
}

/** What a live client told its user, in order: the number of an event, or the word that events may be missing (a gap, or a new start). */
export type View = readonly (number | 'gap')[];

/**
 * Numbers that are missing in a client's view without a word. What Redis had taken must be announced in its place, before the next event;
 * what it had not taken is announced by its publisher when Redis listens again, so that word may come later.
 */
export function silentGaps(view: View, publications: readonly Publication[]): number[] {
  const seen = new Map(view.flatMap((line, at) => (line === 'gap' ? [] : [[line, at] as const])));
  const gaps = view.flatMap((line, at) => (line === 'gap' ? [at] : []));
  // For each attempt, where the next one that the client saw stands.
  const next: number[] = [];
  for (let index = publications.length - 1, at = view.length; index >= 0; index -= 1) {
    next[index] = at;
    const { n, taken } = publications[index] as Publication;
    if (taken) at = seen.get(n) ?? at;
  }
  let before = -1;
  return publications.flatMap(({ n, taken }, index) => {
    const at = seen.get(n);
    // What was not taken may come late, out of its turn.
    if (at !== undefined && taken) before = at;
    if (at !== undefined) return [];
    const end = taken ? (next[index] as number) : view.length;
    return gaps.some((gap) => gap > before && gap < end) ? [] : [n];
  });
}

/** Numbers that a client was told more than once. */
export function repeatedEvents(view: View): number[] {
  const seen = new Set<number>();
  return view.filter((line) => line !== 'gap').filter((n) => seen.has(n) || !seen.add(n));
}
