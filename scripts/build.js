'use strict'

// `npm run build`: the addon, optimised, with the profile of this platform where there is one. What stands behind it goes to napi.

const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { parseArgs } = require('node:util')

const { bin } = require('@napi-rs/cli/package.json')
const { version } = require('../package.json')
const { refusal, withFlag } = require('./profile/flags')
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
  if (compiler === null) return without('no rustc was found to ask for its version')
  const refused = given.includes('--use-cross') ? 'it is not where another machine compiles' : refusal(process.env)
  if (refused !== null) return without(refused)
  const profile = fitting(target(compiler.host), { compiler: compiler.compiler, version })
  if ('why' in profile) return without(`${profile.why}. \`npm run profile\` takes one`)
  if (profile.doubt !== null) console.log(`The profile may do little: ${profile.doubt}. \`npm run profile\` takes it anew.`)
  return withFlag(process.env, `-Cprofile-use=${profile.file}`)
}

/** @param {string} why */
function without (why) {
  console.log(`Built without a profile: ${why}.`)
  return process.env
}

/** @param {string} host */
function target (host) {
  const { values } = parseArgs({ args: given, options: { target: { type: 'string', short: 't' } }, strict: false })
  return String(values.target ?? process.env.CARGO_BUILD_TARGET ?? host)
}
