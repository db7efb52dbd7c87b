import fc from 'fast-check';
import { byteRange } from './byte-range';

describe('byteRange', () => {
  it.each([
    ['bytes=0-', 10, { first: 0, last: 9 }],
    ['bytes=0-0', 10, { first: 0, last: 0 }],
    ['bytes=3-5', 10, { first: 3, last: 5 }],
    ['bytes=3-500', 10, { first: 3, last: 9 }],
    ['bytes=-4', 10, { first: 6, last: 9 }],
    ['bytes=-400', 10, { first: 0, last: 9 }],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
  ] as const)('reads %s of %i bytes', (header, size, range) => expect(byteRange(header, size)).toEqual(range));

  it.each([undefined, '', 'bytes=-', 'bytes=5-3', 'bytes=0-1,3-4', 'items=0-1', 'bytes 0-1', 'bytes=a-b', `bytes=${'9'.repeat(30)}-`])('ignores %s', (header) => {
    expect(byteRange(header, 10)).toBeUndefined();
  });

  it('never leaves the file', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.option(fc.nat(120)), fc.option(fc.nat(120)), (size, from, to) => {
        const range = byteRange(`bytes=${from ?? ''}-${to ?? ''}`, size);
        if (typeof range !== 'object') return;
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.last).toBeLessThan(size);
        expect(range.first).toBeLessThanOrEqual(range.last);
      }),
    );
  });
});
