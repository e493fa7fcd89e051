'use strict'

// `npm run profile`: takes the profile that `npm run build` gives to the compiler, anew for each release, compiler and change of the
// hot path. It builds an addon that counts, sends the traffic through it, and keeps the counts beside this script.

const { execFileSync } = require('node:child_process')
const { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')

const { version } = require('../package.json')
const { withFlag } = require('./profile/flags')
const { keep } = require('./profile/profile')
const { profdata, rust } = require('./profile/rust')
const { TRAFFIC, traffic } = require('./profile/traffic')

const root = path.join(__dirname, '..')

take().catch(error => {
  console.error(error.message)
  process.exitCode = 1
})

async function take () {
  const compiler = rust()
  if (compiler === null) throw new Error('rustc was not found')
  const merge = profdata(compiler)
  const counts = mkdtempSync(path.join(tmpdir(), 'counts-'))
  try {
    const addon = path.join(counts, 'counting.node')
    copyFileSync(counting(compiler.host), addon)
    await traffic({ NAPI_RS_NATIVE_LIBRARY_PATH: addon, LLVM_PROFILE_FILE: path.join(counts, '%p.profraw') })
    const merged = path.join(counts, 'merged.profdata')
    const raw = readdirSync(counts).filter(file => file.endsWith('.profraw')).map(file => path.join(counts, file))
    if (raw.length < TRAFFIC.length) throw new Error(`Of ${TRAFFIC.length} processes that were to count, ${raw.length} did`)
    execFileSync(merge, ['merge', '--sparse', '-o', merged, ...raw], { stdio: 'inherit' })
    keep(compiler.host, { compiler: compiler.compiler, version }, readFileSync(merged))
  } finally {
    rmSync(counts, { recursive: true })
  }
}

/**
 * Builds an addon that counts. Its target is named, as napi names it: the names of functions hold that too.
 * @param {string} host
 * @returns {string} the library
 */
function counting (host) {
  const folder = path.join(root, 'target', 'counting')
  execFileSync('cargo', ['build', '--release', '--locked', '--lib', '--target', host, '--target-dir', folder], {
    cwd: root, stdio: 'inherit', env: withFlag(process.env, '-Cprofile-generate')
  })
  const [prefix, ending] = process.platform === 'win32' ? ['', 'dll'] : ['lib', process.platform === 'darwin' ? 'dylib' : 'so']
  return path.join(folder, host, 'release', `${prefix}rag_connection_pool.${ending}`)
}
