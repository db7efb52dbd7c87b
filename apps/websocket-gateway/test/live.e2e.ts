import { redisDatabase, freshDatabase, type TestDatabase } from '@shadower/tools/testing';
import { LiveClient } from './client';
import { TestGateway } from './gateway';

const row = (events: number) => ({ bucket: '2026-11-23T12:00:00.000Z', kind: 'query.run', events, succeeded: 0, failed: 0, credits: '0', context_tokens: 0, generated_tokens: 0 });
const NOBODY = { epoch: 'none', offset: '1-1' };

describe('the live socket', () => {
  let database: TestDatabase;
  let redisUrl: string;
  let gateway: TestGateway;
  const clients: LiveClient[] = [];

  const keep = (client: LiveClient): LiveClient => (clients.push(client), client);
  const join = async (workspaceId = 'acme', expiresAt?: number) => keep(await gateway.connect(workspaceId, expiresAt));

  beforeAll(async () => {
    [database, redisUrl] = await Promise.all([freshDatabase(), redisDatabase()]);
    gateway = await TestGateway.start({ databaseUrl: database.url, redisUrl });
  });
  afterEach(() => clients.splice(0).forEach((client) => client.close()));
  afterAll(async () => {
    await gateway.stop();
    await database.drop();
  });

  it('says hello, answers a subscription with a snapshot, and sends what is published', async () => {
    const client = await join();
    const answer = await client.subscribe('metrics');
    expect(answer).toMatchObject({ id: 'metrics', ch: 'metrics', recovered: false, snapshot: { active_users: 0, buckets: [] } });
    await gateway.publish('acme', { ch: 'metrics', data: { buckets: [row(3)] }, trace: '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01' });
    const event = await client.next('ev', 1_000);
    expect(event).toMatchObject({ ch: 'metrics', data: { buckets: [row(3)] } });
    expect(event.trace).toContain('0123456789abcdef0123456789abcdef');
  });
});
