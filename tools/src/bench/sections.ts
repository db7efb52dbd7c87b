import type { Section } from './section';
import { exportMillion, exportTenMillion } from './sections/export';
import { fanout } from './sections/fanout';
import { growth } from './sections/growth';
import { ingest } from './sections/ingest';
import { jobs } from './sections/jobs';
import { memory } from './sections/memory';
import { queries } from './sections/queries';
import { routes } from './sections/routes';
import { tax } from './sections/tax';

/** In the order in which they run. */
export const SECTIONS: readonly Section[] = [ingest, queries, memory, tax, routes, jobs, fanout, exportMillion, growth, exportTenMillion];
