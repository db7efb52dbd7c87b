/** Orders two Redis stream ids (`<milliseconds>-<sequence>`): negative when `a` is the older one, 0 when equal. */
export function compareOffsets(a: string, b: string): number {
  const [aTime, aSequence] = parts(a);
  const [bTime, bSequence] = parts(b);
  return aTime - bTime || aSequence - bSequence;
}

const parts = (offset: string): [number, number] => {
  const dash = offset.indexOf('-');
  return [Number(offset.slice(0, dash)), Number(offset.slice(dash + 1))];
};
