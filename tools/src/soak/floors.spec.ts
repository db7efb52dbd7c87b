import { floors } from './floors';

const saw = (f: (minute: number) => number, minutes: number) => Array.from({ length: minutes * 4 }, (_, index) => ({ hours: index / 240, value: f(index / 4) }));

it('is the least of each five minutes', () => expect(floors(saw((minute) => 100 + (minute % 5), 20)).map(({ value }) => value)).toEqual([100, 100, 100, 100]));
it('rises with what is not collected', () => expect(floors(saw((minute) => 100 + minute + 50 * (minute % 2), 15)).map(({ value }) => value)).toEqual([100, 106, 110]));
it('leaves an unfinished window out, but for the only one', () => {
  expect(floors(saw(() => 1, 7))).toHaveLength(1);
  expect(floors(saw(() => 1, 1))).toHaveLength(1);
  expect(floors([])).toEqual([]);
});
