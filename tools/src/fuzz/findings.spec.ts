import { leakIn, passwordsIn, problemComplaint } from './findings';

const right = { type: 'https://docs.shadower.ai/errors/invalid', status: 422, code: 'invalid', errors: [{ pointer: '/a', detail: 'must be b' }] };
const complaint = (change: object, status = 422) => problemComplaint({ ...right, ...change }, status, (pointer) => pointer === '/a');

it('takes a problem that is one', () => expect(complaint({})).toBeUndefined());
it.each([
  ['a code that stands in no list', { code: 'strange', type: 'https://docs.shadower.ai/errors/strange' }, 'no list'],
  ['the code of a bug', { code: 'internal' }, 'no list'],
  ['another status', { status: 400 }, '422 in its status line'],
  ['the type of another code', { type: 'https://docs.shadower.ai/errors/gone' }, 'type'],
  ['no field', { errors: undefined }, 'names no field'],
  ['no field at all', { errors: [] }, 'names no field'],
  ['a field that there is not', { errors: [{ pointer: '/b', detail: 'x' }] }, '/b'],
  ['a field without a word', { errors: [{ pointer: '/a', detail: '' }] }, '/a'],
])('complains about %s', (_what, change, text) => expect(complaint(change)).toContain(text));

it.each(['at Object.run (x)', 'SELECT a FROM b', '/x/node_modules/y', 'connect ECONNREFUSED', 'main.js:12'])('finds %s', (text) => expect(leakIn(text)).toBeTruthy());
it('finds secrets of this run even where they were sent, and nothing else that was', () => {
  expect(leakIn('it was hunter22', 'hunter22', ['hunter22'])).toBe('hunter22');
  expect(leakIn('it was main.js:12', 'main.js:12')).toBeUndefined();
});
it('knows the passwords of servers', () => expect(passwordsIn('postgres://a:long%2Dsecret@h/d', 'redis://h:1')).toEqual(['long-secret']));
