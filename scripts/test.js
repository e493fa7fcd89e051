'use strict'

// `npm test`: everything that is quick enough to be run before each commit.

const { runSteps, countCargo, countJest } = require('./steps')

const core = '--locked --no-default-features'

/** @type {import('./steps').Step[]} */
const steps = [
  { name: 'lint', command: 'npm run --silent lint' },
  { name: 'types', command: 'npm run --silent typecheck' },
  { name: 'rustfmt', command: 'cargo fmt --all --check' },
  // Under test napi registers no exports, so that with it only the library itself can be linted.
  { name: 'clippy', command: 'cargo clippy --locked --lib -- -D warnings' },
  { name: 'clippy of transport and dispatch', command: `cargo clippy ${core} --features net --all-targets -- -D warnings` },
  { name: 'clippy of the core', command: `cargo clippy ${core} --all-targets -- -D warnings` },
  { name: 'core', command: `cargo test ${core}`, count: countCargo },
  { name: 'transport and dispatch', command: `cargo test ${core} --features net`, count: countCargo },
  { name: 'binding', command: 'cargo test --locked --lib binding', count: countCargo },
  { name: 'servers for the tests', command: 'npm run --silent build:servers' },
  { name: 'JavaScript', command: 'npm run --silent test:js', count: countJest }
]

runSteps(steps, { stopAtFailure: true }).then(
  passed => { process.exitCode = passed ? 0 : 1 },
  error => { console.error(error); process.exitCode = 1 }
)
