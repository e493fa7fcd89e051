'use strict'

// The packages that carry a binary, one a platform, made from the targets in package.json. `node scripts/platforms.js`
// writes their manifests under `npm/`; they are committed, and the binaries are not.

const { mkdirSync, writeFileSync } = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..')

/** What a target is to npm. @type {Record<string, { os: string, cpu: string, libc?: string, suffix: string }>} */
const TARGETS = {
  'x86_64-unknown-linux-gnu': { os: 'linux', cpu: 'x64', libc: 'glibc', suffix: 'linux-x64-gnu' },
  'aarch64-unknown-linux-gnu': { os: 'linux', cpu: 'arm64', libc: 'glibc', suffix: 'linux-arm64-gnu' },
  'x86_64-unknown-linux-musl': { os: 'linux', cpu: 'x64', libc: 'musl', suffix: 'linux-x64-musl' },
  'aarch64-unknown-linux-musl': { os: 'linux', cpu: 'arm64', libc: 'musl', suffix: 'linux-arm64-musl' },
  'x86_64-apple-darwin': { os: 'darwin', cpu: 'x64', suffix: 'darwin-x64' },
  'aarch64-apple-darwin': { os: 'darwin', cpu: 'arm64', suffix: 'darwin-arm64' },
  'x86_64-pc-windows-msvc': { os: 'win32', cpu: 'x64', suffix: 'win32-x64-msvc' },
  'aarch64-pc-windows-msvc': { os: 'win32', cpu: 'arm64', suffix: 'win32-arm64-msvc' }
}

/**
 * @typedef {{ suffix: string, binary: string, manifest: Record<string, any> }} Platform
 */

/**
 * @param {Record<string, any>} [own] the package's manifest
 * @returns {Platform[]} in the order of its targets
 */
function platforms (own = require('../package.json')) {
  const { name, version, license, engines, napi } = own
  return napi.targets.map((/** @type {string} */ target) => {
    const known = TARGETS[target]
    if (known === undefined) throw new Error(`No platform is known for the target ${target}`)
    const { os, cpu, libc, suffix } = known
    const binary = `${napi.binaryName}.${suffix}.node`
    const manifest = {
      name: `${name}-${suffix}`,
      version,
      // As the package's own: only what `npm run pack:all` makes is published.
      private: true,
      description: `The native binary of ${name} for ${suffix}`,
      license,
      engines,
      os: [os],
      cpu: [cpu],
      ...(libc === undefined ? {} : { libc: [libc] }),
      main: binary,
      files: [binary],
      scripts: { prepack: `node ../../scripts/place-binary.js ${suffix}` }
    }
    return { suffix, binary, manifest }
  })
}

/** The platform that this process runs on. */
function ownPlatform () {
  const musl = process.platform === 'linux' && /** @type {any} */ (process.report.getReport()).header.glibcVersionRuntime === undefined
  const own = platforms().find(({ manifest }) => manifest.os[0] === process.platform && manifest.cpu[0] === process.arch &&
    (manifest.libc === undefined || manifest.libc[0] === (musl ? 'musl' : 'glibc')))
  if (own === undefined) throw new Error(`There is no package for ${process.platform}-${process.arch}`)
  return own
}

if (require.main === module) {
  for (const { suffix, manifest } of platforms()) {
    const folder = path.join(root, 'npm', suffix)
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    writeFileSync(path.join(folder, 'README.md'), `# ${manifest.name}\n\n${manifest.description}. It is installed by that package; do not depend on it yourself.\n`)
  }
}

module.exports = { ownPlatform, platforms }
