import { EVENT_LIMITS, eventSchema } from './event';

const event = { id: 'e-1', type: 'execution.completed', time: '2026-01-31T12:00:00.123Z' };
const problems = (input: unknown): string[] => eventSchema.safeParse(input).error?.issues.map((issue) => issue.path.join('/') || issue.code) ?? [];

test('accepts the smallest event, and one in the full dress of CloudEvents', () => {
  expect(problems(event)).toEqual([]);
  expect(
    problems({
      ...event,
      specversion: '1.0',
      source: 'urn:agents',
      user_id: 'u',
      agent_id: 'a',
      execution_id: 'x',
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      data: { credits: '1.25', duration_ms: 12, status: 'succeeded', model: 'm', tokens: { context: 1, generated: 2 }, tool: 'search' },
    }),
  ).toEqual([]);
});

test('a backslash spelled out is not the character that it spells', () => {
  expect(problems({ ...event, data: { note: '\\u0000 \\ud800' } })).toEqual([]);
});

test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="utf-8"'])('data may call itself %s', (datacontenttype) => {
  expect(problems({ ...event, datacontenttype })).toEqual([]);
});

test.each([
  ['datacontenttype', { datacontenttype: 'application/jsonp' }],
  ['datacontenttype', { datacontenttype: 'text/plain; application/json' }],
  ['id', { id: '' }],
  ['id', { id: 'x'.repeat(129) }],
  ['id', { id: 'a\u0000b' }],
  ['id', { id: '\ud800' }],
  ['type', { type: 'execution.exploded' }],
  ['time', { time: '2026-01-31' }],
  ['time', { time: '2026-02-30T00:00:00Z' }],
  ['time', { time: 1 }],
  ['user_id', { user_id: 7 }],
  ['traceparent', { traceparent: 'yes' }],
  ['data/credits', { data: { credits: 1.5 } }],
  ['data/duration_ms', { data: { duration_ms: -1 } }],
  ['data/status', { data: { status: 'done' } }],
  ['data/tokens/context', { data: { tokens: { context: 1.5 } } }],
  ['data', { data: { note: 'x'.repeat(EVENT_LIMITS.dataBytes) } }],
  ['data', { data: { note: '\u0000' } }],
  ['data', { data: { note: '\udfff' } }],
  ['data', { data: { ['a\u0000']: 1 } }],
  ['data', { data: { deep: JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) } }],
  ['unrecognized_keys', { colour: 'red' }],
])('refuses a wrong %s', (path, wrong) => {
  expect(problems({ ...event, ...wrong })).toEqual([path]);
});
