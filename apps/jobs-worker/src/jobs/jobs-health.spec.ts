import { isStuck } from './jobs-health';

describe('isStuck', () => {
  it('is true only when work has waited and nothing was completed, both for more than a minute', () => {
    expect(isStuck(61, 61)).toBe(true);
    expect(isStuck(61, 60)).toBe(false);
    expect(isStuck(60, 61)).toBe(false);
    expect(isStuck(0, 86_400)).toBe(false);
    expect(isStuck(86_400, 1)).toBe(false);
  });
});
