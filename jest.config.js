const swc = ['@swc/jest', { jsc: { parser: { syntax: 'typescript', decorators: true }, transform: { legacyDecorator: true, decoratorMetadata: true }, target: 'es2022' } }];

/** Unit specs (`*.spec.ts`) need nothing but Node.js; end-to-end suites (`*.e2e.ts`) get a private PostgreSQL and Redis. */
const project = (displayName, ending) => ({
  displayName,
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/monitoring', '<rootDir>/docker', '<rootDir>/k8s', '<rootDir>/tools'],
  testMatch: [`**/*.${ending}.ts`],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@shadower/source', 'node', 'require', 'default'] },
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/docker/out/'],
  setupFiles: ['reflect-metadata', '<rootDir>/tools/src/testing/property-seed.ts'],
  // jose is published as ES modules only; Node requires those, Jest's own loader must have them translated.
  transform: { '^.+\\.ts$': swc, '/node_modules/jose/.+\\.js$': swc },
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
});

module.exports = {
  // For what hangs: real servers on a machine that does other things besides may take their time. Jest reads it here only, not in a project.
  testTimeout: 30_000,
  projects: [
    project('unit', 'spec'),
    { ...project('e2e', 'e2e'), globalSetup: '<rootDir>/tools/src/testing/global-setup.ts', globalTeardown: '<rootDir>/tools/src/testing/global-teardown.ts' },
  ],
};
