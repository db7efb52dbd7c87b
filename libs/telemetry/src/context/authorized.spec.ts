import { isAuthorized } from './authorized';

const TOKEN = 'operators-token-0123456789';
const from = (remoteAddress: string, headers = {}) => ({ headers, socket: { remoteAddress } });

describe('without OPS_TOKEN', () => {
  it.each(['127.0.0.1', '::1', '::ffff:10.1.2.3', '172.16.0.9', '192.168.3.4', 'fd00::1'])('%s may', (address) => expect(isAuthorized(from(address))).toBe(true));
  it.each(['8.8.8.8', '172.32.0.1', '2001:db8::1', '::ffff:1.2.3.4', ''])('%s may not', (address) => expect(isAuthorized(from(address))).toBe(false));
  it.each(['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'])('what came through a proxy (%s) may not', (header) => expect(isAuthorized(from('10.0.0.1', { [header]: '10.0.0.2' }))).toBe(false));
});

describe('with OPS_TOKEN', () => {
  let check: typeof isAuthorized;
  beforeAll(() => {
    process.env.OPS_TOKEN = TOKEN;
    jest.isolateModules(() => void ({ isAuthorized: check } = jest.requireActual<typeof import('./authorized')>('./authorized')));
    delete process.env.OPS_TOKEN;
  });
  it('only its bearer may, from anywhere', () => {
    expect(check(from('8.8.8.8', { authorization: `Bearer ${TOKEN}`, 'x-forwarded-for': '1.1.1.1' }))).toBe(true);
    expect(check(from('127.0.0.1'))).toBe(false);
    expect(check(from('127.0.0.1', { authorization: 'Bearer wrong' }))).toBe(false);
  });
});
