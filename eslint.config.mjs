import nx from '@nx/eslint-plugin';
import { importX } from 'eslint-plugin-import-x';
import ts from 'typescript-eslint';

/** Which kind of project may import which; ARCHITECTURE.md draws the same table. */
const depConstraints = [
  { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:adapter', 'type:telemetry', 'type:domain', 'type:client'] },
  { sourceTag: 'type:client', onlyDependOnLibsWithTags: ['type:domain'] },
  { sourceTag: 'type:adapter', onlyDependOnLibsWithTags: ['type:telemetry', 'type:domain'] },
  { sourceTag: 'type:telemetry', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'type:domain', onlyDependOnLibsWithTags: [], allowedExternalImports: ['zod'] },
  { sourceTag: 'type:ops', onlyDependOnLibsWithTags: ['type:telemetry'] },
  { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:adapter', 'type:telemetry', 'type:domain', 'type:client', 'type:ops', 'type:tool'] },
];

/** The same for the domain's unit specs, which try its rules on random cases. */
const domainSpecConstraints = depConstraints.map((one) => (one.sourceTag === 'type:domain' ? { ...one, allowedExternalImports: ['zod', 'fast-check'] } : one));

export default ts.config(
  { ignores: ['**/dist', '**/node_modules', '.nx', '.data', '**/*.mjs', '**/*.js'] },
  ...ts.configs.recommended,
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx, 'import-x': importX },
    languageOptions: { parserOptions: { project: './tsconfig.spec.json', tsconfigRootDir: import.meta.dirname } },
    settings: { 'import-x/resolver': { node: { extensions: ['.ts', '.js'] } }, 'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] } },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { depConstraints, banTransitiveDependencies: false }],
      'import-x/no-cycle': 'error',
      'max-lines': ['error', 200],
      'max-lines-per-function': ['error', { max: 50, skipComments: true }],
      'max-depth': ['error', 4],
      'max-params': ['error', 5],
      complexity: ['error', 15],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'The environment is read once, in config.ts.' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  { files: ['**/config.ts'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['**/*.spec.ts', '**/*.e2e.ts', '**/test/*.ts'], rules: { 'max-lines-per-function': 'off', 'no-restricted-properties': 'off' } },
  // Browsers run the domain too, by the live client.
  { files: ['libs/domain/src/**/*.ts'], rules: { 'no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message: 'The domain imports zod only.' }] }] } },
  { files: ['libs/domain/src/**/*.spec.ts'], rules: { '@nx/enforce-module-boundaries': ['error', { depConstraints: domainSpecConstraints, banTransitiveDependencies: false }] } },
  // End-to-end suites borrow servers and processes from tools, which knows all libs: a loop that exists in tests only.
  { files: ['**/*.e2e.ts', '**/test/*.ts'], rules: { '@nx/enforce-module-boundaries': ['error', { depConstraints, banTransitiveDependencies: false, allow: ['@shadower/tools/testing', '@shadower/tools/testing/apps'] }] } },
  { files: ['tools/**/*.ts'], rules: { 'no-console': 'off', 'no-restricted-properties': 'off' } },
);
