import { join, resolve } from 'node:path';

/** The checkout; this file is as deep in `src` as in `dist`. */
export const ROOT = resolve(__dirname, '..', '..', '..');

/** What survives a restart: databases, logs, passwords. Not under version control. */
export const DATA_DIR = join(ROOT, '.data');
