import { appendFile, rm } from 'node:fs/promises';
import { redact } from '@shadower/telemetry';
import { ORDINARY_TEXTS, REDACTED_TEXTS, REDACTED_VALUES } from '@shadower/telemetry/testing';
import fc from 'fast-check';
import { BulkReceiver } from './bulk-receiver';
import { startFluentd, type LocalFluentd } from './local-fluentd';

const SECRET = 's3cr3t-Value_42';
const CASES: unknown[] = [
  ...REDACTED_TEXTS.map(([text]) => text),
  ...ORDINARY_TEXTS,
  ...REDACTED_VALUES.map(([value]) => value).filter((value) => !(value instanceof Map)),
  `{"password":"a\\"${SECRET}"}`,
  `body: "{\\"api_key\\":\\"${SECRET}\\",\\"n\\":1}"`,
  `{"token":"${SECRET}`,
  `Cookie: a=1; sid=${SECRET}`,
  `Authorization: Token ${SECRET}`,
  `password%3D${SECRET}`,
  `{"tokens":["${SECRET}"],"secret":{"a":"${SECRET}"}}`,
  `postgres://app:a/b${SECRET}@db:5432/x`,
  `redis://:p@ss@${SECRET}@cache/0`,
  `Authorization: Bearer ${SECRET}`,
  `jwt eyJhbGciOi.eyJzdWIi.${SECRET}`,
  'mail to jane.doe@example.com now',
  `éBearer ${SECRET}`,
  `password:\u00a0${SECRET}`,
];
/** What secrets stand between in real lines, in any order: most of it is nonsense, and both must make the same of it. */
const PIECES = ['password', 'api_key', 'Authorization', 'Cookie', 'dsn', 'tokens', 'session-id', ':', '=', ' ', ': ', '"', "'", '\\"', '\\\\"', '{', '}', '[', ']', ',', ';', '&', '%3D', '%22', '\n', 'Bearer', 'basic', 'Token', 'postgres://', 'https://', '@', '/', 'db', 'shk_', 'eyJ', '.', 'a@b.example', 'é', 'sid', SECRET];
const text = fc.array(fc.constantFrom(...PIECES), { minLength: 2, maxLength: 14 }).map((pieces) => pieces.join(''));
const value = fc.letrec((tie) => ({ node: fc.oneof({ maxDepth: 14, depthSize: 'large' }, text, fc.integer(), fc.array(tie('node'), { maxLength: 2 }), fc.dictionary(fc.constantFrom('note', 'x-token', 'tokens', 'max_tokens', 'apiKey', 'PWD', 'a'), tie('node'), { maxKeys: 2 })) })).node;
let elasticsearch: BulkReceiver;
let fluentd: LocalFluentd;

beforeAll(async () => {
  elasticsearch = await BulkReceiver.start();
  fluentd = await startFluentd(elasticsearch.receiver.port);
}, 600_000);
afterAll(async () => {
  await fluentd?.server.stop();
  await elasticsearch?.receiver.stop();
  if (fluentd) await rm(fluentd.state, { recursive: true, force: true });
});

test('Fluentd makes of any value what the logger of the applications makes of it', async () => {
  const given: unknown[] = [...CASES, ...fc.sample(text, 1_500), ...fc.sample(value, 500)];
  await appendFile(fluentd.files.app, given.map((note, index) => `${JSON.stringify({ level: 'info', message: `case ${index}`, timestamp: '2026-11-23T10:20:30.456Z', service: 'x', note })}\n`).join(''));
  await elasticsearch.until((indexed) => indexed.length >= given.length, 60_000);
  const made = new Map(elasticsearch.indexed.map(({ document }) => [document['message'], (document['fields'] as { note: unknown }).note]));
  const different = given.map((note, index) => ({ note, fluentd: made.get(`case ${index}`), logger: (redact({ note }) as { note: unknown }).note })).filter(({ fluentd, logger }) => JSON.stringify(fluentd) !== JSON.stringify(logger));
  expect(different).toEqual([]);
}, 120_000);
