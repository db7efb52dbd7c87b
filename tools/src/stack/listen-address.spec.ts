import { listenAddress } from './listen-address';

it.each([
  [{ HOST: '0.0.0.0' }, '0.0.0.0'],
  [{ HOST: '::' }, '::'],
  [{ HOST: 'my-laptop' }, '127.0.0.1'],
  [{ HOST: '' }, '127.0.0.1'],
  [{}, '127.0.0.1'],
])('%j listens on %s', (env, address) => expect(listenAddress(env)).toBe(address));
