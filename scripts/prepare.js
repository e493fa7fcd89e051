'use strict'

// Builds the addon of a checkout. It runs as npm's `prepare`, never as `install`, which would compile on the
// machines of users too.

const { spawnSync } = require('node:child_process')
const { readFileSync } = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..')

main()

function main () {
  const needed = minimumRust()
  const fault = faultOfCargo(needed)
  if (fault) {
    console.error(`The addon is compiled from Rust and ${fault}: ` +
      `install Rust ${needed} or newer from https://rustup.rs and run the command again.`)
    process.exitCode = 1
    return
  }
  process.exitCode = build()
}

/** The `rust-version` of Cargo.toml, so that the number stands in one place. */
function minimumRust () {
  const manifest = readFileSync(path.join(root, 'Cargo.toml'), 'utf8')
  const version = /^rust-version = "(\d+\.\d+)"/m.exec(manifest)?.[1]
  if (!version) throw new Error('Cargo.toml names no rust-version')
  return version
}

/**
 * What is wrong with the cargo on the PATH.
 * @param {string} needed `major.minor`
 * @returns {string | null} the middle of a sentence
 */
function faultOfCargo (needed) {
  const { error, status, stdout } = spawnSync('cargo', ['--version'], { encoding: 'utf8' })
  if (error || status !== 0) return 'cargo was not found'
  const found = /^cargo (\d+\.\d+)/.exec(stdout)?.[1]
  if (!found) return `cargo gave no version (${JSON.stringify(stdout.trim())})`
  return isOlder(found, needed) ? `cargo ${found} is too old` : null
}

/**
 * @param {string} version `major.minor`
 * @param {string} than `major.minor`
 */
function isOlder (version, than) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [thanMajor = 0, thanMinor = 0] = than.split('.').map(Number)
  return major < thanMajor || (major === thanMajor && minor < thanMinor)
}

/** @returns {number} the exit code of `npm run build` */
function build () {
  // npm hands its own path down; going through it keeps the flags of the build in package.json alone.
  const npm = process.env.npm_execpath
  const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []]
  const { status } = spawnSync(command, [...args, 'run', 'build'], { cwd: root, stdio: 'inherit' })
  return status ?? 1
}
