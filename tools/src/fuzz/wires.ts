import { gzipSync } from 'node:zlib';

const MEBIBYTE = 1_048_576;
let bomb: Buffer | undefined;

interface Wired {
  bytes: Buffer;
  encoding?: string;
}

/** Ways to send the text of a body. What is wrong with it as bytes is refused before it is parsed. */
export const WIRES = {
  plain: (text) => ({ bytes: Buffer.from(text) }),
  gzip: (text) => ({ bytes: gzipSync(text), encoding: 'gzip' }),
  'gzip that is none': (text) => ({ bytes: Buffer.from(text), encoding: 'gzip' }),
  'gzip cut off': (text) => ({ bytes: gzipSync(text).subarray(0, -9), encoding: 'gzip' }),
  'gzip bomb': () => ({ bytes: (bomb ??= gzipSync(Buffer.alloc(64 * MEBIBYTE))), encoding: 'gzip' }),
  brotli: (text) => ({ bytes: Buffer.from(text), encoding: 'br' }),
  'over a mebibyte': (text) => ({ bytes: Buffer.concat([Buffer.from(text), Buffer.alloc(MEBIBYTE, ' ')]) }),
  latin1: (text) => ({ bytes: Buffer.from(`${text.slice(0, -1)}é${text.slice(-1)}`, 'latin1') }),
  'UTF-16': (text) => ({ bytes: Buffer.from(text, 'utf16le') }),
  'with a byte order mark': (text) => ({ bytes: Buffer.from(`\ufeff${text}`) }),
  'half a surrogate pair as bytes': (text) => ({ bytes: Buffer.concat([Buffer.from(text.slice(0, 1)), Buffer.from([0xed, 0xb0, 0x80]), Buffer.from(text.slice(1))]) }),
} as const satisfies Record<string, (text: string) => Wired>;
export type Wire = keyof typeof WIRES;

export const wired = (text: string, wire: Wire): Wired => WIRES[wire](text);
