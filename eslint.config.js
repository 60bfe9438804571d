import { builtinModules } from 'node:module';
import js from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** What workflow code must not reach: it is replayed, so it may neither do I/O nor depend on the machine. */
const forbiddenInWorkflows = [
  ...builtinModules.flatMap((name) => [name, `node:${name}`]),
  '@temporalio/client',
  '@temporalio/worker',
  '@temporalio/activity',
  'apache-arrow',
  'parquetjs-lite',
  'hyparquet',
  'onnxruntime-node',
  '@aws-sdk/*',
];

export default tseslint.config(
  {
    ignores: ['dist/', '.build/', 'models/', 'node_modules/', 'test/golden/', '.xqg/', 'core/*/assembly/'],
  },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts'],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: {
      'import-x/resolver-next': [
        importX.createNodeResolver({ extensions: ['.ts', '.js'], extensionAlias: { '.js': ['.ts', '.js'] } }),
      ],
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      'import-x/no-cycle': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: forbiddenInWorkflows.filter((name) => !name.includes('*')),
          patterns: [
            { group: ['@aws-sdk/*'], message: 'Workflows do no I/O.' },
            {
              group: ['**/activities/*', '**/core/*', '**/workers/*', '**/infra/*'],
              allowTypeImports: true,
              message: 'Workflows see only the types of activities; their code would enter the sandbox.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
);
