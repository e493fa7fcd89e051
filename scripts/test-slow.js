'use strict'

// What `.ci/run` adds to `npm test`: checks that are too slow, or need too much, to be run before each commit.

const { runSteps, countCargo, countJest } = require('./steps')

const valgrind = 'valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite'
const servers = '--manifest-path __tests__/servers/Cargo.toml'

/** @type {import('./steps').Step[]} */
const steps = [
  { name: 'the committed binding is the generated one', command: 'npm run --silent check:binding' },
  { name: 'the packed tarball', command: 'node scripts/check-package.js' },
  { name: 'an application that installs it', command: 'npm run --silent test:install', count: countJest },
  { name: 'faults', command: 'npm run --silent test:faults', count: countJest },
  { name: 'known faults in dependencies', command: 'npm audit --omit=dev' },
  { name: 'every set of features compiles', command: 'cargo clippy --locked --no-default-features --features net -- -D warnings' },
  { name: 'the core, optimised', command: 'cargo test --release --locked --no-default-features', count: countCargo },
  { name: 'the servers of the tests', command: `cargo test --release --locked ${servers}`, count: countCargo },
  { name: 'large bodies at a slow pace', command: 'npm run --silent soak -- --part backpressure --size small' },
  { name: 'a thousand streams', command: 'npm run --silent soak -- --part streams --size small' },
  { name: 'neighbours of slow streams', command: 'npm run --silent soak -- --part neighbours --size small' },
  { name: 'the style of the servers', command: `cargo fmt --check ${servers} && cargo clippy --release --locked ${servers} --all-targets -- -D warnings` },
  { name: 'unsafe code on sockets, watched by valgrind', command: `CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="${valgrind}" cargo test --locked --no-default-features --features net --test transport socket:: -- --test-threads=1`, count: countCargo },
  { name: 'hand-offs between threads in every order', command: "RUSTFLAGS='--cfg loom' cargo test --release --locked --manifest-path __tests__/loom/Cargo.toml --target-dir target/loom handing_over", count: countCargo },
  { name: 'a smoke run of each fuzz target', command: 'node scripts/fuzz.js --seconds 5' },
  { name: 'licences and sources of crates', command: 'cargo deny --all-features check bans licenses sources' }
]

runSteps(steps, { stopAtFailure: false }).then(
  passed => { process.exitCode = passed ? 0 : 1 },
  error => { console.error(error); process.exitCode = 1 }
)
