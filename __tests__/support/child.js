'use strict'

const { spawn } = require('node:child_process')
const path = require('node:path')

const ROOT = path.join(__dirname, '..', '..')

/**
 * Runs a script in a process of its own, with `ConnectionPoolManager` and `url` in scope.
 * @param {string} script the body of an async function
 * @param {{ url?: string, flags?: string[], bare?: boolean }} [options] `bare`: nothing is in scope, nothing is loaded
 * @returns {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string }>}
 */
function runChild (script, { url = '', flags = [], bare = false } = {}) {
  const scope = bare
    ? ''
    : `const { ConnectionPoolManager, PoolError } = require(${JSON.stringify(ROOT)}); const url = ${JSON.stringify(url)};`
  const child = spawn(process.execPath, [...flags, '-e', `${scope}\n;(async () => {\n${script}\n})()`], { cwd: ROOT })
  const seen = { stdout: '', stderr: '' }
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
    child[name].setEncoding('utf8').on('data', text => { seen[name] += text })
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, ...seen }))
  })
}

module.exports = { ROOT, runChild }
