/** Bytes of a file, both inclusive. */
export interface ByteRange {
  first: number;
  last: number;
}

const SINGLE = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/;

/**
 * The one range that a `Range` header asks for in a file of `size` bytes (RFC 9110, 14.2): undefined when there is none, or it is malformed
 * or asks for several, which a server may answer with the whole; 'unsatisfiable' when the file ends before it begins.
 */
export function byteRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, from, to] = SINGLE.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined;
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  const range = from === '' ? { first: Math.max(0, size - Number(to)), last: size - 1 } : { first: Number(from), last: to === '' ? size - 1 : Math.min(Number(to), size - 1) };
  return range.first > range.last ? 'unsatisfiable' : range;
}
