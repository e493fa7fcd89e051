'use strict'

const neostandard = require('neostandard')
const tseslint = require('typescript-eslint')

const generated = ['binding.js', 'binding.d.ts', 'types/options.d.ts']

const floatingPromises = {
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  // `void` is how a promise that nobody waits for is marked as such.
  'no-void': 'off'
}

// The addon is known in one place, so that nothing else depends on how it is built or loaded.
const onlyOneDoorToTheAddon = {
  'n/no-restricted-require': ['error', [{
    name: ['**/binding', '**/binding.js', '**/*.node'],
    message: 'Only lib/native.js may require the addon.'
  }]],
  'no-restricted-imports': ['error', {
    patterns: [{
      group: ['**/binding', '**/binding.js', '**/*.node'],
      message: 'Only lib/native.js may import the addon.'
    }]
  }]
}

module.exports = [
  { ignores: [...generated, '**/target/**', '**/node_modules/**', 'coverage/**', 'benchmarks/results/**'] },
  ...neostandard({ ts: true }),
  {
    files: ['**/*.js', '**/*.mjs'],
    plugins: { '@typescript-eslint': tseslint.plugin, n: neostandard.plugins.n },
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: __dirname }
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      ...floatingPromises,
      ...onlyOneDoorToTheAddon,
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-warning-comments': 'error'
    }
  },
  {
    files: ['**/*.js'],
    languageOptions: { sourceType: 'commonjs' },
    rules: { strict: ['error', 'global'] }
  },
  {
    files: ['lib/native.js'],
    rules: { 'n/no-restricted-require': 'off', 'no-restricted-imports': 'off' }
  },
  {
    files: ['**/__tests__/**/*.js'],
    languageOptions: { globals: jestGlobals() },
    // A `describe` is a list of behaviours, not a function that does something.
    rules: { 'max-lines-per-function': 'off' }
  }
]

function jestGlobals () {
  const names = ['describe', 'test', 'it', 'expect', 'jest', 'beforeAll', 'beforeEach', 'afterAll', 'afterEach']
  return Object.fromEntries(names.map(name => [name, 'readonly']))
}
