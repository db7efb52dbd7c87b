import { Descent } from './descent';

const at = (minute: number): Date => new Date(minute * 60_000);

describe('Descent', () => {
  it('goes on where the pass before it ended, whatever is looked at above meanwhile, and begins anew below the oldest', () => {
    const descent = new Descent();
    expect(descent.of('acme')).toBeUndefined();
    descent.passed('acme', { oldest: at(90), beyond: true }, false);
    expect(descent.of('acme')).toEqual(at(90));
    descent.passed('acme', { oldest: at(60), beyond: true }, true);
    descent.passed('acme', { oldest: at(95), beyond: true }, false);
    expect([descent.of('acme'), descent.of('other')]).toEqual([at(60), undefined]);
    descent.passed('acme', { oldest: at(45), beyond: false }, true);
    expect(descent.of('acme')).toBeUndefined();
  });

  it('forgets where it was when nothing is left', () => {
    const descent = new Descent();
    descent.passed('acme', { oldest: at(90), beyond: true }, false);
    descent.passed('acme', { oldest: null, beyond: false }, false);
    expect(descent.of('acme')).toBeUndefined();
  });
});
