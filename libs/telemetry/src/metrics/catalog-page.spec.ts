import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogPage } from './catalog-page';

const PAGE = join(__dirname, '../../../../docs/metrics.md');

it('docs/metrics.md says what the catalog says', () => {
  if (process.env.UPDATE_DOCS) writeFileSync(PAGE, catalogPage());
  expect(readFileSync(PAGE, 'utf8')).toBe(catalogPage());
});
