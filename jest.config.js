'use strict'

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.js'],
  modulePathIgnorePatterns: ['<rootDir>/__tests__/servers/target/'],
  // The tests are told apart by what they await, never by a try again.
  testTimeout: 20_000,
  transform: {},
  errorOnDeprecated: true
}
