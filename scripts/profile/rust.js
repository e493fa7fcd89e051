'use strict'

const { spawnSync } = require('node:child_process')
const { existsSync } = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..', '..')
/** As cargo finds it, a `build.rustc` of a `config.toml` aside. */
const RUSTC = process.env.RUSTC ?? process.env.CARGO_BUILD_RUSTC ?? 'rustc'
const EXECUTABLE = process.platform === 'win32' ? '.exe' : ''

/**
 * @typedef {object} Rust
 * @property {string} compiler its version with commit and date, as `rustc --version` gives it
 * @property {string} host the platform's triple
 * @property {string} llvm the major version of its LLVM
 */

/**
 * The rustc that cargo calls.
 * @returns {Rust | null} without one
 */
function rust () {
  const { error, status, stdout } = spawnSync(RUSTC, ['-vV'], { encoding: 'utf8', cwd: root })
  if (error || status !== 0) return null
  const [, compiler] = /^rustc (.+)$/m.exec(stdout) ?? []
  const [, host] = /^host: (.+)$/m.exec(stdout) ?? []
  const [, llvm] = /^LLVM version: (\d+)/m.exec(stdout) ?? []
  return compiler !== undefined && host !== undefined && llvm !== undefined ? { compiler, host, llvm } : null
}

/**
 * The program that puts the counts of several processes together; an older one than the compiler's own does not read them.
 * @param {Rust} rust
 * @returns {string}
 * @throws {Error} where there is none
 */
function profdata ({ host, llvm }) {
  const sysroot = spawnSync(RUSTC, ['--print', 'sysroot'], { encoding: 'utf8', cwd: root }).stdout.trim()
  const places = [
    path.join(sysroot, 'lib', 'rustlib', host, 'bin', `llvm-profdata${EXECUTABLE}`),
    `/usr/lib/llvm-${llvm}/bin/llvm-profdata`
  ]
  const found = places.find(place => existsSync(place))
  if (found === undefined) {
    throw new Error(`No llvm-profdata of LLVM ${llvm}: \`rustup component add llvm-tools\` or the package llvm-${llvm} brings it (looked for ${places.join(' and ')})`)
  }
  return found
}

module.exports = { rust, profdata }
