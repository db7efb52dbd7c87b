import { unitsIn } from './install-debian';

it('finds the units of a package, wherever Debian put them, without templates', () => {
  const files = ['/.', '/lib/systemd/system/redis-server.service', '/lib/systemd/system/redis-server@.service', '/usr/lib/systemd/system/podman.socket', '/usr/lib/systemd/user/podman.socket', '/usr/bin/redis-server'];
  expect(unitsIn(files.join('\n'))).toEqual(['redis-server.service', 'podman.socket']);
});
