import { repositoryFiles } from './repository-files';

/** Violations that lint must refuse: what it would find, were this text in that file. */
export interface Planted {
  rule: string;
  file: string;
  text: string;
  /** Part of the message. */
  says: string;
}

const lines = (count: number): string => Array.from({ length: count }, (_, index) => `export const line${index} = ${index};`).join('\n');
const boundaries = '@nx/enforce-module-boundaries';

/** One or more for every rule that ARCHITECTURE.md states. The files are overlaid on real ones, for lint needs them in the TypeScript project. */
export const PLANTED: Record<string, Planted> = {
  'an app that imports another app': {
    rule: boundaries,
    file: 'apps/analytics-api/src/config.ts',
    text: "import { config } from '../../jobs-worker/src/config';\nexport const port = config.PORT;\n",
    says: '',
  },
  'an app that imports the tools outside its end-to-end tests': {
    rule: boundaries,
    file: 'apps/analytics-api/src/config.ts',
    text: "import { redisDatabase } from '@shadower/tools/testing';\nexport const database = redisDatabase;\n",
    says: 'type:app',
  },
  'telemetry that imports the domain': {
    rule: boundaries,
    file: 'libs/telemetry/src/config.ts',
    text: "import { ROLES } from '@shadower/domain';\nexport const roles = ROLES;\n",
    says: 'type:telemetry',
  },
  'the domain that imports an adapter': {
    rule: boundaries,
    file: 'libs/domain/src/credits.ts',
    text: "import { migrate } from '@shadower/database';\nexport const run = migrate;\n",
    says: 'Circular dependency',
  },
  'the domain that imports a driver': {
    rule: boundaries,
    file: 'libs/domain/src/credits.ts',
    text: "import { Client } from 'pg';\nexport const client = Client;\n",
    says: 'pg',
  },
  'the domain that imports any package but zod': {
    rule: boundaries,
    file: 'libs/domain/src/credits.ts',
    text: "import pino from 'pino';\nexport const log = pino;\n",
    says: 'pino',
  },
  'the domain that imports the tests’ library outside its specs': {
    rule: boundaries,
    file: 'libs/domain/src/credits.ts',
    text: "import fc from 'fast-check';\nexport const any = fc.anything();\n",
    says: 'fast-check',
  },
  'the domain that imports Node.js': {
    rule: 'no-restricted-imports',
    file: 'libs/domain/src/credits.ts',
    text: "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n",
    says: 'zod only',
  },
  'monitoring that imports the domain': {
    rule: boundaries,
    file: 'monitoring/src/index.ts',
    text: "import { ROLES } from '@shadower/domain';\nexport const roles = ROLES;\n",
    says: 'type:ops',
  },
  'an import cycle': {
    rule: 'import-x/no-cycle',
    file: 'tools/src/stack/until.ts',
    text: "import { endProcess } from './pid-file';\nexport const until = endProcess;\n",
    says: 'cycle',
  },
  'the environment outside config.ts': {
    rule: 'no-restricted-properties',
    file: 'libs/domain/src/credits.ts',
    text: 'export const home = process.env.HOME;\n',
    says: 'config.ts',
  },
  'a file of 201 lines': { rule: 'max-lines', file: 'libs/domain/src/credits.ts', text: lines(201), says: '201' },
  'a function of 51 lines': {
    rule: 'max-lines-per-function',
    file: 'libs/domain/src/credits.ts',
    text: `export function long(): number {\n${'  long();\n'.repeat(48)}  return 1;\n}\n`,
    says: '51',
  },
  'a promise that nobody waits for': {
    rule: '@typescript-eslint/no-floating-promises',
    file: 'libs/domain/src/credits.ts',
    text: 'const work = async (): Promise<void> => undefined;\nexport function start(): void {\n  work();\n}\n',
    says: '',
  },
};

/** The same, kept by a hair: what lint must let pass. */
export const ALLOWED: Record<string, Omit<Planted, 'says'>> = {
  'a file of 200 lines': { rule: 'max-lines', file: 'libs/domain/src/credits.ts', text: `${lines(200)}\n` },
  'a function of 50 lines': { rule: 'max-lines-per-function', file: 'libs/domain/src/credits.ts', text: `export function long(): number {\n${'  long();\n'.repeat(47)}  return 1;\n}\n` },
  'the domain that imports zod': { rule: boundaries, file: 'libs/domain/src/credits.ts', text: "import { z } from 'zod';\nexport const name = z.string();\n" },
  'an app that imports an adapter': { rule: boundaries, file: 'apps/analytics-api/src/config.ts', text: "import { migrate } from '@shadower/database';\nexport const run = migrate;\n" },
  'an end-to-end test that borrows from the tools': {
    rule: boundaries,
    file: repositoryFiles('libs').find((path) => path.endsWith('.e2e.ts')) ?? 'no such suite',
    text: "import { redisDatabase } from '@shadower/tools/testing';\nexport const database = redisDatabase;\n",
  },
};
