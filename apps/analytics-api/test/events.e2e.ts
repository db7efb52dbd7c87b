import { gzipSync } from 'node:zlib';
import { inWorkspace } from '@shadower/database';
import { TestApi } from './test-api';

const PATH = '/api/v1/workspaces/acme/events';
const now = (): string => new Date().toISOString();
const event = (id: string, more: object = {}) => ({ id, type: 'execution.completed', time: '2026-11-20T10:00:00Z', ...more });

describe('POST events', () => {
  let api: TestApi;
  let token: string;
  beforeAll(async () => {
    api = await TestApi.start({ EVENTS_MAX_AGE_DAYS: '36500', DATABASE_STATEMENT_TIMEOUT_MS: '30000', DATABASE_CONNECT_TIMEOUT_MS: '30000' });
    token = await api.token({ acme: 'member' });
  });
  afterAll(() => api?.stop());

  const send = (body: unknown, headers?: Record<string, string>) => api.call('POST', PATH, { token, body, headers });
  const rows = (sql: string) => inWorkspace(api.dataSource, 'acme', (runner) => runner.query(sql));

  it('keeps every field of an event, and marks its bucket', async () => {
    const data = { credits: '1.250000', duration_ms: 90, status: 'succeeded', model: 'm', tokens: { context: 7, generated: 3 }, region: { name: 'eu' }, tags: ['a'] };
    const sent = { ...event('whole', { time: '2026-11-20T12:31:07.123456+02:00', data }), user_id: 'ann', agent_id: 'bot', execution_id: 'run', traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01` };
    expect(await send({ events: [sent] })).toMatchObject({ status: 200, body: { accepted: 1, duplicate: 0, rejected: [], results: ['accepted'] } });
    expect(await rows(`SELECT event_id, type, to_char(time AT TIME ZONE 'UTC', 'HH24:MI:SS.US') AS time, user_id, agent_id, execution_id, status, model, credits, duration_ms, context_tokens, generated_tokens, data, trace_id FROM events WHERE event_id = 'whole'`)).toEqual([
      {
        ...{ event_id: 'whole', type: 'execution.completed', time: '10:31:07.123456', user_id: 'ann', agent_id: 'bot', execution_id: 'run', status: 'succeeded', model: 'm', credits: '1.250000' },
        ...{ duration_ms: '90', context_tokens: '7', generated_tokens: '3', data: { region: { name: 'eu' }, tags: ['a'] }, trace_id: 'ab'.repeat(16) },
      },
    ]);
    expect(await rows(`SELECT bucket FROM dirty_buckets`)).toEqual([{ bucket: new Date('2026-11-20T10:30:00Z') }]);
  });

  it('stores the good ones, names the bad ones, and tells duplicates, in a request and across requests', async () => {
    const body = { events: [event('a'), event('a'), event(''), event('b', { type: 'nonsense' }), event('c', { time: new Date(Date.now() + 400_000).toISOString() }), 7, event('d', { data: { credits: 1.5 } }), event('e')] };
    const { status, body: first } = await send(body);
    expect(status).toBe(207);
    expect(first).toMatchObject({ accepted: 2, duplicate: 1, results: ['accepted', 'duplicate', 'rejected', 'rejected', 'rejected', 'rejected', 'rejected', 'accepted'] });
    expect(first.rejected.map(({ index, id, problem }: never) => [index, id, (problem as { code: string }).code])).toEqual([
      [2, '', 'invalid'],
      [3, 'b', 'invalid'],
      [4, 'c', 'event_in_future'],
      [5, null, 'invalid'],
      [6, 'd', 'invalid'],
    ]);
    expect(first.rejected.map(({ problem }: { problem: { errors: { pointer: string }[] } }) => problem.errors[0]?.pointer)).toEqual(['/events/2/id', '/events/3/type', '/events/4/time', '/events/5', '/events/6/data/credits']);
    expect((await send({ events: [event('e'), event('f'), event('a')] })).body).toMatchObject({ accepted: 1, duplicate: 2, results: ['duplicate', 'accepted', 'duplicate'] });
    expect(await send({ events: [event('', {})] })).toMatchObject({ status: 422, body: { accepted: 0 } });
  });

  it('tells the same id at another time apart', async () => {
    expect((await send({ events: [event('t'), event('t', { time: '2026-11-20T10:00:00.000001Z' })] })).body).toMatchObject({ accepted: 2 });
  });

  it('keeps the first of those that share a key in a batch, however large the batch is', async () => {
    const sent = Array.from({ length: 400 }, (_, index) => event(`key${index % 4}`, { data: { duration_ms: index } }));
    expect((await send({ events: sent })).body).toMatchObject({ accepted: 4, duplicate: 396 });
    expect(await rows(`SELECT event_id, duration_ms FROM events WHERE event_id LIKE 'key%' ORDER BY 1`)).toEqual([0, 1, 2, 3].map((index) => ({ event_id: `key${index}`, duration_ms: `${index}` })));
  });

  it('gives the same answer to the same request with the same key, and refuses the key for another', async () => {
    const key = { 'idempotency-key': 'batch-1' };
    const mixed = { events: [event('k1', { data: { credits: '2' } }), event('', {})] };
    const first = await send(mixed, key);
    expect(first).toMatchObject({ status: 207, body: { accepted: 1, duplicate: 0, results: ['accepted', 'rejected'] } });
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    const again = await send(mixed, key);
    expect({ status: again.status, body: again.body, replayed: again.headers.get('idempotency-replayed') }).toEqual({ status: 207, body: first.body, replayed: 'true' });
    expect((await send(mixed)).body).toMatchObject({ duplicate: 1 });
    expect(await send({ events: [event('k2')] }, key)).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } });
    expect(await rows(`SELECT count(*)::int AS n FROM events WHERE event_id = 'k2'`)).toEqual([{ n: 0 }]);
    expect(await send(mixed, { 'idempotency-key': 'with space' })).toMatchObject({ status: 400, body: { errors: [{ pointer: 'Idempotency-Key' }] } });
    const other = await api.call('POST', PATH.replace('acme', 'globex'), { token: await api.token({ globex: 'member' }), body: mixed, headers: key });
    expect(other.headers.get('idempotency-replayed')).toBeNull();
  });

  it('answers ten at once with one key as one, and takes an old key for a new one', async () => {
    const body = { events: [event('once')] };
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(body, { 'idempotency-key': 'race' })));
    expect(answers.map(({ status, body: { accepted } }) => [status, accepted])).toEqual(Array.from({ length: 10 }, () => [200, 1]));
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
    await rows(`UPDATE idempotency_keys SET created_at = now() - interval '25 hours'`);
    expect((await send({ events: [event('later')] }, { 'idempotency-key': 'race' })).body).toMatchObject({ accepted: 1 });
    expect(await rows(`SELECT key FROM idempotency_keys WHERE created_at > now() - interval '24 hours'`)).toEqual([{ key: 'race' }]);
  });

  it('takes NDJSON, where a broken line loses only itself', async () => {
    const lines = `${JSON.stringify(event('n1'))}\r\n\n{"id": broken}\n${JSON.stringify(event('n2'))}\n`;
    const { status, body } = await send(lines, { 'content-type': 'application/x-ndjson; charset=UTF-8' });
    expect(status).toBe(207);
    expect(body).toMatchObject({ accepted: 2, results: ['accepted', 'rejected', 'accepted'], rejected: [{ index: 1, id: null, problem: { code: 'bad_request', errors: [{ pointer: '/1' }] } }] });
  });

  it('takes a CloudEvents batch', async () => {
    const batch = [{ specversion: '1.0', source: '/agents/1', id: 'ce', type: 'user.active', time: now(), userid: 'ann', agentid: 'bot', executionid: 'run', datacontenttype: 'application/json', data: { a: 1 } }];
    expect(await send(batch, { 'content-type': 'application/cloudevents-batch+json' })).toMatchObject({ status: 200, body: { accepted: 1 } });
    expect(await rows(`SELECT user_id, agent_id, execution_id FROM events WHERE event_id = 'ce'`)).toEqual([{ user_id: 'ann', agent_id: 'bot', execution_id: 'run' }]);
  });

  it('takes attributes in a CloudEvents batch that only others know, and says so of data that it cannot keep', async () => {
    const whole = { specversion: '1.0', source: '/agents/1', type: 'user.active', time: now(), userid: 'bea', datacontenttype: 'application/json; charset=utf-8' };
    const batch = [{ ...whole, id: 'ce2', tracestate: 'a=b', partitionkey: '7', constructor: 'x', toString: 'y', user_id: 'bea' }, { ...whole, id: 'ce3', data_base64: 'AAAA' }];
    const answer = await send(JSON.stringify(batch).replace('"partitionkey"', '"__proto__":{"id":"z"},"partitionkey"'), { 'content-type': 'application/cloudevents-batch+json' });
    expect(answer).toMatchObject({ status: 207, body: { accepted: 1, rejected: [{ index: 1, problem: { code: 'invalid', errors: [{ detail: expect.stringContaining('data_base64') }] } }] } });
    expect(await rows(`SELECT user_id, data FROM events WHERE event_id = 'ce2'`)).toEqual([{ user_id: 'bea', data: null }]);
    expect((await send({ events: [event('strict', { tracestate: 'a=b' })] })).status).toBe(422);
  });

  it('takes gzip up to 8 MiB, and no bomb', async () => {
    const big = JSON.stringify({ events: Array.from({ length: 1_000 }, (_, index) => event(`z${index}`, { data: { note: 'x'.repeat(2_000) } })) });
    const gzip = { 'content-encoding': 'gzip' };
    expect(await send(gzipSync(big), gzip)).toMatchObject({ status: 200, body: { accepted: 1_000 } });
    expect(await send(gzipSync(Buffer.alloc(9_000_000, 32)), gzip)).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
    expect(await send(gzipSync(big).subarray(0, 500), gzip)).toMatchObject({ status: 400, body: { code: 'bad_request' } });
  });

  it('has one effect however many send the same at once', async () => {
    const events = Array.from({ length: 1_000 }, (_, index) => event(`same-${index}`));
    const answers = await Promise.all(Array.from({ length: 10 }, (_, turn) => send({ events: turn % 2 ? events : events.toReversed() })));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(answers.reduce((sum, { body }) => sum + body.accepted, 0)).toBe(1_000);
    expect(answers.reduce((sum, { body }) => sum + body.duplicate, 0)).toBe(9_000);
    expect(await rows(`SELECT count(*)::int AS n FROM events WHERE event_id LIKE 'same-%'`)).toEqual([{ n: 1_000 }]);
  });

  it.each<[string, unknown, number, string]>([
    ['no events', { events: [] }, 400, '/events'],
    ['too many events', { events: Array.from({ length: 1_001 }, () => 1) }, 400, '/events'],
    ['no list', { events: {} }, 400, '/events'],
    ['another field', { events: [1], more: 1 }, 400, ''],
    ['a list at the top', [event('x')], 400, ''],
    ['null', 'null', 400, ''],
    ['nothing', '', 400, ''],
    ['cut JSON', '{"events":[{"id"', 400, ''],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400, ''],
  ])('refuses %s', async (_, body, status, pointer) => {
    expect(await send(body)).toMatchObject({ status, body: { code: 'bad_request', errors: [{ pointer, detail: expect.any(String) }], request_id: expect.any(String) } });
  });

  it('is not overcome by 100,000 levels or 100,000 keys', async () => {
    expect(await send(`{"events":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toMatchObject({ status: 422, body: { rejected: [{ index: 0 }] } });
    const wide = `{${Array.from({ length: 100_000 }, (_, index) => `"${index}":0`).join(',')}}`;
    expect(await send(`{"events":[${wide}]}`)).toMatchObject({ status: 422 });
    expect(await send(`{"events":[${JSON.stringify(event('w')).slice(0, -1)},"data":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}]}`)).toMatchObject({ status: 422 });
    expect(await send(`{"events":[{"__proto__":{"id":"x"},"constructor":1}]}`)).toMatchObject({ status: 422 });
  });

  it('with a key it is not overcome by them either, and still tells requests apart', async () => {
    const deep = (levels: number, within = '') => `{"events":[${JSON.stringify(event('deep')).slice(0, -1)},"data":${'{"a":['.repeat(levels)}${within}${']}'.repeat(levels)}}]}`;
    for (const levels of [2_500, 50_000]) {
      const key = { 'idempotency-key': `deep-${levels}` };
      expect(await send(deep(levels), key)).toMatchObject({ status: 422, body: { rejected: [{ index: 0, problem: { errors: [{ pointer: '/events/0/data' }] } }] } });
      expect((await send(deep(levels), key)).headers.get('idempotency-replayed')).toBe('true');
      expect(await send(deep(1), key)).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } });
    }
    expect((await send(deep(10, '1'), { 'idempotency-key': 'shallow' })).status).toBe(200);
    expect((await send(deep(10, '2'), { 'idempotency-key': 'shallow' })).status).toBe(409);
  });

  it.each<[string, string, Record<string, string>, number]>([
    ['another media type', 'x', { 'content-type': 'text/plain' }, 415],
    ['another encoding', 'x', { 'content-encoding': 'br' }, 415],
    ['another charset', '{}', { 'content-type': 'application/json; charset=utf-16' }, 415],
    ['a large body', JSON.stringify({ events: [event('x', { data: { note: 'x'.repeat(1_100_000) } })] }), {}, 413],
  ])('refuses %s', async (_, body, headers, status) => {
    expect(await send(body, headers)).toMatchObject({ status, headers: expect.any(Headers), body: { status, code: expect.any(String) } });
  });

  it('measures what came in', async () => {
    const metrics = String((await api.call('GET', '/metrics')).body);
    expect(Number(/^analytics_events_ingested_total\{result="accepted"\} (\d+)/m.exec(metrics)?.[1])).toBeGreaterThan(2_000);
    expect(metrics).toMatch(/^database_query_duration_seconds_count\{operation="insert"\} \d+/m);
    expect(metrics).toMatch(/^database_connections\{state="max"\} 10/m);
  });
});
