import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROBLEMS } from '@shadower/domain';
import { problemOf } from '@shadower/telemetry';

it('every problem has its page, and every page its problem', () => {
  const pages = readdirSync(join(__dirname, '../../../../docs/errors')).map((name) => name.replace('.md', ''));
  expect(pages.sort()).toEqual([...Object.keys(PROBLEMS), 'headers_too_large', 'internal', 'method_not_allowed', 'request_timeout'].sort());
});

it.each([400, 401, 403, 404, 409, 413, 415, 422, 429, 503])('has one title, whoever refuses with %i (RFC 9457, 3.1.3)', (status) => {
  const { code, title } = problemOf({ expected: true, status });
  expect({ code, title }).toEqual({ code, title: PROBLEMS[code as keyof typeof PROBLEMS].title });
});
