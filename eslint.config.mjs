import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Who may import whom. A service never imports a service: data crosses rooms through topics. */
const boundaries = [
  { sourceTag: 'type:contracts', onlyDependOnLibsWithTags: [] },
  // Testing and tools: for specs only, which no-restricted-imports below sees to.
  {
    sourceTag: 'type:lib',
    onlyDependOnLibsWithTags: ['type:contracts', 'type:lib', 'type:testing', 'type:tool'],
  },
  {
    sourceTag: 'type:service',
    onlyDependOnLibsWithTags: ['type:contracts', 'type:lib', 'type:testing', 'type:tool'],
  },
  { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:contracts', 'type:tool', 'type:testing'] },
  { sourceTag: 'type:testing', onlyDependOnLibsWithTags: ['type:contracts', 'type:lib', 'type:tool'] },
  {
    sourceTag: 'type:bench',
    onlyDependOnLibsWithTags: ['type:contracts', 'type:lib', 'type:tool', 'type:testing'],
  },
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.clickjoin/**', 'coverage/**'] },
  js.configs.recommended,
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        Buffer: 'readonly',
        fetch: 'readonly',
      },
    },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.strictTypeChecked],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { enforceBuildableLibDependency: false, allow: [], depConstraints: boundaries },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Events are data: plain objects that have the shape of their contract class.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A loop that ends by a signal, not by a condition, is how a worker looks.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Read configuration through config.ts (service-kit loadConfig).',
        },
      ],
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { globals: { module: 'writable', process: 'readonly', __dirname: 'readonly' } },
  },
  {
    files: ['docs/recipes/cloudflare/*.js'],
    languageOptions: {
      globals: { URL: 'readonly', Headers: 'readonly', Response: 'readonly', fetch: 'readonly' },
    },
  },
  {
    // Plain script that the browser runs as it is.
    files: ['services/dashboard/web/public/*.js'],
    languageOptions: {
      globals: { document: 'readonly', localStorage: 'readonly', matchMedia: 'readonly' },
    },
  },
  {
    // A page calls what it imports from the router's and the UI library's types: components are functions that throw
    // redirects and return unions of handlers.
    files: ['services/dashboard/web/src/**'],
    rules: { '@typescript-eslint/only-throw-error': 'off' },
  },
  {
    // Decorated DTO fields are filled by the framework, not by a constructor.
    files: ['**/*.dto.ts', '**/*.entity.ts', 'libs/contracts/src/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    // The testing library and the tools' processes never reach production code.
    files: ['libs/**/*.ts', 'services/**/*.ts', 'services/**/*.tsx'],
    ignores: ['**/*.spec.ts', '**/e2e/**', 'services/*/test/**', 'libs/testing/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@clickjoin/testing', '@clickjoin/dev-stack', '@clickjoin/sandbox'],
              message: 'For specs only.',
            },
          ],
        },
      ],
    },
  },
  {
    // Edges that read the environment: everything else gets its configuration handed in.
    files: [
      'tools/**/*.ts',
      'bench/**/*.ts',
      'libs/testing/**/*.ts',
      '**/*.spec.ts',
      '**/e2e/**/*.ts',
      'services/*/test/**/*.ts',
      '**/config.ts',
      'libs/service-kit/src/config/**/*.ts',
      'libs/kafka/src/kafkajs/**/*.ts',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['**/*.spec.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  prettier,
);
