import { processesOf } from './peers.module';

const CLIENTS = [
  'id=3 addr=127.0.0.1:50000 laddr=127.0.0.1:6379 fd=8 name=jobs-worker:command age=9 idle=0 flags=N db=0',
  'id=4 addr=127.0.0.1:50001 laddr=127.0.0.1:6379 fd=9 name=jobs-worker:blocking age=9 idle=0 flags=b db=0',
  'id=5 addr=10.0.0.2:50001 laddr=127.0.0.1:6379 fd=9 name=jobs-worker:command age=1 idle=0 flags=N db=0',
  'id=6 addr=10.0.0.3:50001 laddr=127.0.0.1:6379 fd=9 name= age=1 idle=0 flags=N db=0',
  'id=7 addr=10.0.0.4:50001 laddr=127.0.0.1:6379 fd=9 name=jobs-worker:command age=1 idle=0 flags=N db=3',
  '',
].join('\n');

it('counts the processes of a service, not its connections nor those to another database', () => {
  expect(processesOf('jobs-worker', 0, CLIENTS)).toBe(2);
  expect(processesOf('worker', 0, CLIENTS)).toBe(0);
  expect(processesOf('websocket-gateway', 0, CLIENTS)).toBe(0);
  expect(processesOf('', 0, CLIENTS)).toBe(0);
});
