'use strict'

// Packs the package as it would be published and looks at the tarball with publint and attw: wrong `exports`, types
// that resolve to another module kind than the code, files that are named and missing.

const { execFileSync } = require('node:child_process')
const { mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')

const { packAll } = require('./pack')

const root = path.join(__dirname, '..')

const folder = mkdtempSync(path.join(tmpdir(), 'packed-'))
try {
  const { main: tarball } = packAll(folder)
  run('npx', ['--no-install', 'publint', 'run', tarball, '--strict'])
  run('npx', ['--no-install', 'attw', tarball])
} catch (error) {
  // The tool has said what is wrong.
  if (!(error instanceof Error && 'status' in error)) throw error
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true })
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run (command, args) {
  execFileSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
}
