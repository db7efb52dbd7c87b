import fc from 'fast-check';
import { repeatedEvents, silentGaps, type Publication, type View } from './silent-gaps';

const taken = (...numbers: number[]): Publication[] => numbers.map((n) => ({ n, taken: true }));
const ALL = taken(1, 2, 3, 4, 5);

describe('silent gaps', () => {
  it.each<[string, View, number[]]>([
    ['nothing is missing', [1, 2, 3, 4, 5], []],
    ['a frame was dropped', [1, 2, 4, 5], [3]],
    ['the last frames were dropped', [1, 2, 3], [4, 5]],
    ['the first frame was dropped', [2, 3, 4, 5], [1]],
    ['a dropped frame was announced in its place', [1, 2, 'gap', 4, 5], []],
    ['the word came before anything was dropped', [1, 'gap', 2, 4, 5], [3]],
    ['the word came after the next frame', [1, 2, 4, 'gap', 5], [3]],
    ['one of two losses was announced', [1, 'gap', 3, 5], [4]],
    ['all was lost and announced', ['gap'], []],
    ['nothing was heard at all', [], [1, 2, 3, 4, 5]],
  ])('%s', (_, view, expected) => expect(silentGaps(view, ALL)).toEqual(expected));

  it('lets the word about what Redis did not take come late, but come it must', () => {
    const refused = [...taken(1, 2), { n: 3, taken: false }, ...taken(4, 5)];
    expect(silentGaps([1, 2, 4, 5, 'gap'], refused)).toEqual([]);
    expect(silentGaps([1, 2, 4, 3, 5], refused)).toEqual([]);
    expect(silentGaps([1, 'gap', 2, 4, 5], refused)).toEqual([3]);
  });

  it('finds whichever frame is dropped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(), (count, which) => {
        const numbers = Array.from({ length: count }, (_, index) => index + 1);
        const dropped = (which % count) + 1;
        expect(silentGaps(numbers.filter((n) => n !== dropped), taken(...numbers))).toEqual([dropped]);
      }),
    );
  });

  it('finds what is told twice', () => expect(repeatedEvents([1, 2, 'gap', 2, 3])).toEqual([2]));
});
