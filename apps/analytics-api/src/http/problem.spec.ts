import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROBLEMS } from '@shadower/domain';

it('every problem has its page, and every page its problem', () => {
  const pages = readdirSync(join(__dirname, '../../../../docs/errors')).map((name) => name.replace('.md', ''));
  expect(pages.sort()).toEqual([...Object.keys(PROBLEMS), 'headers_too_large', 'internal', 'method_not_allowed', 'request_timeout'].sort());
});
