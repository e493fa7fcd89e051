'use strict'

// `npm run build`: the addon, optimised, with the profile of this platform where there is one. What stands behind it goes to napi.

const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { parseArgs } = require('node:util')

const { bin } = require('@napi-rs/cli/package.json')
const { version } = require('../package.json')
const { withFlag } = require('./profile/flags')
const { fitting } = require('./profile/profile')
const { rust } = require('./profile/rust')

const root = path.join(__dirname, '..')
const NAPI = path.join(path.dirname(require.resolve('@napi-rs/cli/package.json')), bin.napi)
const HOW = ['build', '--platform', '--release', '--js', 'binding.js', '--dts', 'binding.d.ts', '--no-const-enum']

const given = process.argv.slice(2)
const { status } = spawnSync(process.execPath, [NAPI, ...HOW, ...given], { cwd: root, stdio: 'inherit', env: environment() })
process.exitCode = status ?? 1

function environment () {
  const compiler = rust()
  // napi says what is wrong without one.
  if (compiler === null) return process.env
  const profile = fitting(target(compiler.host), { compiler: compiler.compiler, version })
  if ('file' in profile) return withFlag(process.env, `-Cprofile-use=${profile.file}`)
  console.log(`Built without a profile: ${profile.why}. \`npm run profile\` takes one.`)
  return process.env
}

/** @param {string} host */
function target (host) {
  const { values } = parseArgs({ args: given, options: { target: { type: 'string', short: 't' } }, strict: false })
  return String(values.target ?? process.env.CARGO_BUILD_TARGET ?? host)
}
