'use strict'

// The loader and its types are generated and committed. This builds them again and fails if the commit is stale.

const { spawnSync } = require('node:child_process')
const path = require('node:path')

const root = path.join(__dirname, '..')
const generated = ['binding.js', 'binding.d.ts']

process.exitCode = check()

function check () {
  if (run('git', ['ls-files', '--error-unmatch', ...generated]) !== 0) {
    console.error(`${generated.join(' and ')} have to be committed.`)
    return 1
  }
  if (run('npm', ['run', 'build']) !== 0) return 1
  if (run('git', ['diff', '--exit-code', '--', ...generated]) !== 0) {
    console.error(`${generated.join(' and ')} are stale: commit what \`npm run build\` made of them.`)
    return 1
  }
  return 0
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run (command, args) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' }).status
}
