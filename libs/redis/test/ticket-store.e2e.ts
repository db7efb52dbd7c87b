import { redisDatabase } from '@shadower/tools/testing';
import type { Redis } from 'ioredis';
import { connect } from '../src/connect';
import { TicketStore } from '../src/ticket-store';

describe('TicketStore', () => {
  let redis: Redis;
  let tickets: TicketStore;

  beforeAll(async () => {
    redis = connect(await redisDatabase(), 'command');
    await new Promise((resolve) => redis.once('ready', resolve));
    tickets = new TicketStore(redis);
  });
  afterAll(() => redis?.disconnect());

  it('redeems a ticket once, whoever asks at the same time', async () => {
    const ticket = await tickets.issue({ sub: 'ann', workspaces: { acme: 'admin' } });
    const answers = await Promise.all(Array.from({ length: 10 }, () => tickets.redeem(ticket)));
    expect(answers.filter((claims) => claims !== undefined)).toEqual([{ sub: 'ann', workspaces: { acme: 'admin' } }]);
    expect(await tickets.redeem(ticket)).toBeUndefined();
  });

  it('knows no ticket that it has not issued', async () => {
    for (const wrong of ['', 'x', 'a'.repeat(10_000), '{"sub":"ann"}']) expect(await tickets.redeem(wrong)).toBeUndefined();
  });

  it('keeps only a hash, and for 30 s', async () => {
    const ticket = await tickets.issue({ sub: 'ben' });
    const [key = ''] = (await redis.keys('ticket:*')).filter((name) => name !== '');
    expect(key).not.toContain(ticket);
    expect(await redis.ttl(key)).toBeGreaterThan(25);
    expect(await redis.ttl(key)).toBeLessThanOrEqual(30);
  });
});
