'use strict'

const { name } = require('../package.json')

/** What the loader calls a platform, beside Node's own words for it. @type {Record<string, string>} */
const ABI = { win32: '-msvc', linux: '-gnu' }

/**
 * The one error that loading gives where there is no binary that runs here; what was tried is its cause.
 * @param {Error} cause
 */
function noBinary (cause) {
  const platform = `${process.platform}-${process.arch}${isMusl() ? '-musl' : ABI[process.platform] ?? ''}`
  const sentences = [
    `${name} found no native binary for ${platform}: the package ${name}-${platform} is missing or does not load.`,
    'npm installs it as an optional dependency: leave out --omit=optional, and run npm install on the platform that the application runs on.',
    `Where there is none for your platform, build it: clone ${name}, install Rust (https://rustup.rs) and a C compiler, and run npm ci.`
  ]
  return Object.assign(new Error(sentences.join(' '), { cause }), { code: 'ERR_POOL_NO_BINARY', platform })
}

/** Only asked when loading has failed: it takes a while. */
function isMusl () {
  if (process.platform !== 'linux') return false
  const report = /** @type {any} */ (process.report?.getReport())
  return report?.header?.glibcVersionRuntime === undefined
}

module.exports = { noBinary }
