// Three tiers by file suffix; `npm test` runs them in this order, each as a run of its own.
//   *.spec.ts      needs nothing
//   *.int.spec.ts  needs real Kafka and PostgreSQL, which globalSetup starts once for the whole run
//   *.e2e.spec.ts  runs the services as processes on a stack of its own
const tier = process.env.TEST_TIER ?? 'unit';
const pattern = {
  unit: '(?<!\\.(int|e2e))\\.spec\\.ts$',
  int: '\\.int\\.spec\\.ts$',
  e2e: '\\.e2e\\.spec\\.ts$',
}[tier];
if (!pattern) throw new Error(`TEST_TIER must be unit, int or e2e, not ${tier}`);

module.exports = {
  rootDir: __dirname,
  roots: ['<rootDir>/libs', '<rootDir>/services', '<rootDir>/tools', '<rootDir>/bench'],
  testRegex: pattern,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@clickjoin/source', 'node', 'node-addons'] },
  transform: { '^.+\\.ts$': ['@swc/jest'] },
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/\\.nx/', '<rootDir>/\\.clickjoin/'],
  setupFiles: ['reflect-metadata'],
  // Integration and end-to-end tests mostly wait: for Kafka's groups, for leases, for restarts.
  maxWorkers: { unit: 2, int: 3, e2e: 2 }[tier],
  testTimeout: { unit: 15_000, int: 120_000, e2e: 300_000 }[tier],
  ...(tier === 'int'
    ? {
        globalSetup: '<rootDir>/libs/testing/src/global-setup.ts',
        globalTeardown: '<rootDir>/libs/testing/src/global-teardown.ts',
      }
    : {}),
};
