import { LIVE_CHANNELS } from '@shadower/domain';
import { freshDatabase, redisDatabase, type TestDatabase } from '@shadower/tools/testing';
import { LiveClient } from './client';
import { TestGateway } from './gateway';

describe('who is let in', () => {
  let database: TestDatabase;
  let gateway: TestGateway;
  const clients: LiveClient[] = [];

  const visit = (query: string, ...rest: ConstructorParameters<typeof LiveClient> extends [string, ...infer R] ? R : never): LiveClient => {
    const client = new LiveClient(gateway.url(query), ...rest);
    clients.push(client);
    return client;
  };
  const bearer = async (workspaces: Parameters<TestGateway['token']>[0], expiresIn?: string) => ({ headers: { authorization: `Bearer ${await gateway.token(workspaces, expiresIn)}` } });

  beforeAll(async () => {
    database = await freshDatabase();
    gateway = await TestGateway.start({ databaseUrl: database.url, redisUrl: await redisDatabase(), allowedOrigins: ['https://app.example'], maxConnections: 5 });
  });
  afterEach(async () => {
    const leaving = clients.splice(0);
    leaving.forEach((client) => client.close());
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
  afterAll(async () => {
    await gateway.stop();
    await database.drop();
  });

  it('takes a ticket once', async () => {
    const ticket = await gateway.ticket('acme');
    await visit(`?ticket=${ticket}`).next('hello');
    const second = visit(`?ticket=${ticket}`);
    expect(await second.next('err')).toMatchObject({ problem: { code: 'unauthorized', status: 401 } });
    expect(await second.closed).toEqual({ code: 4401, reason: 'token' });
  });

  it('takes a token in a header, for a workspace of the token', async () => {
    const client = visit('?workspace=acme', await bearer({ acme: 'viewer' }));
    expect(await client.next('hello')).toMatchObject({ workspace_id: 'acme', heartbeat_ms: 25_000, max_subs: LIVE_CHANNELS.length });
    expect(client.socket.protocol).toBe('shadower.v1');
  });

  it.each([
    ['an unknown ticket', '?ticket=nonsense', {}, 4401],
    ['nothing at all', '', {}, 4401],
    ['a token that is none', '?workspace=acme', { headers: { authorization: 'Bearer nonsense' } }, 4401],
    ['a ticket of 10,000 characters', `?ticket=${'x'.repeat(10_000)}`, {}, 4401],
  ])('closes on a visitor with %s', async (_, query, options, code) => {
    expect((await visit(query, options).closed).code).toBe(code);
  });

  it('closes on a foreign workspace, on none, and on an expired token', async () => {
    expect((await visit('?workspace=rival', await bearer({ acme: 'owner' })).closed).code).toBe(4403);
    expect((await visit('', await bearer({ acme: 'owner' })).closed).code).toBe(4400);
    expect((await visit('?workspace=acme', await bearer({ acme: 'owner' }, '-1h')).closed).code).toBe(4401);
  });

  it('refuses a token in the URL even when it is a good one', async () => {
    const token = await gateway.token({ acme: 'owner' });
    for (const query of [`?token=${token}&workspace=acme`, `?access_token=${token}&workspace=acme`, `?ticket=${token}`]) {
      const client = visit(query);
      expect(await client.next('err')).toMatchObject({ problem: { detail: expect.stringContaining('URL') } });
      expect((await client.closed).code).toBe(4401);
    }
  });

  it('closes when the token expires in mid-session', async () => {
    const client = visit(`?ticket=${await gateway.ticket('acme', Date.now() + 600)}`);
    await client.next('hello');
    await client.subscribe('alerts');
    expect(await client.closed).toEqual({ code: 4401, reason: 'token' });
  });

  it('answers plain HTTP to what is no visitor of ours', async () => {
    const ticket = `?ticket=${await gateway.ticket('acme')}`;
    expect(await visit(ticket, { origin: 'https://evil.example' }).refused).toBe(403);
    expect(await visit(ticket, {}, ['graphql-ws']).refused).toBe(400);
    const elsewhere = new LiveClient(gateway.url().replace('/live', '/other'));
    expect(await elsewhere.refused).toBe(404);
    await visit(ticket, { origin: 'https://app.example' }).next('hello');
    await visit(`?ticket=${await gateway.ticket('acme')}`, { origin: `http://127.0.0.1:${gateway.port}` }).next('hello');
  });

  it('asks visitors beyond its capacity to come back later, and takes them when there is room', async () => {
    const inside = await Promise.all(Array.from({ length: 5 }, async () => visit(`?ticket=${await gateway.ticket('acme')}`)));
    await Promise.all(inside.map((client) => client.next('hello')));
    const late = visit(`?ticket=${await gateway.ticket('acme')}`);
    expect(await late.next('err')).toMatchObject({ problem: { code: 'unavailable', retry_after_ms: 2_000 } });
    expect((await late.closed).code).toBe(1013);
    inside[0]!.socket.close();
    await inside[0]!.closed;
    await visit(`?ticket=${await gateway.ticket('acme')}`).next('hello');
  });
});
