import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/paths';
import { loadEnvironments } from './load-environments';
import { renderEnvExample } from './render-env-example';

writeFileSync(join(ROOT, '.env.example'), renderEnvExample(loadEnvironments('dist')));
