import { Pace } from './pace';

describe('Pace', () => {
  it('lets a workspace rest for twice as long as an expensive pass took', () => {
    const pace = new Pace();
    pace.ended('acme', 400, 1_000);
    expect(pace.resting('acme', 1_799)).toBe(true);
    expect(pace.resting('acme', 1_800)).toBe(false);
    expect(pace.resting('other', 1_001)).toBe(false);
  });

  it('never slows a cheap pass down, and forgets an earlier expensive one after it', () => {
    const pace = new Pace();
    pace.ended('acme', 400, 1_000);
    pace.ended('acme', 99, 1_100);
    expect(pace.resting('acme', 1_101)).toBe(false);
  });

  it('rests at most 10 s', () => {
    const pace = new Pace();
    pace.ended('acme', 60_000, 0);
    expect(pace.resting('acme', 9_999)).toBe(true);
    expect(pace.resting('acme', 10_000)).toBe(false);
  });
});
