'use strict'

// The manifest as it is published: it names the platform packages, which the one of a checkout must not (`npm ci` would ask
// the registry for them before they are there), and leaves out what is only for working on the package.
//
// A plain `npm pack` has it too: npm's `prepack` writes it in the place of package.json and `postpack` puts that back. It does
// not do for `npm publish`, which reads the manifest that it shows to the registry only after `postpack`: installed from there
// the package would have no binary. So the checkout's manifest is private, which npm refuses to publish, and a tarball's is not.

const { existsSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs')
const path = require('node:path')

const { platforms } = require('./platforms')

/** Nothing of these is of use to who installs the package. */
const LEFT_OUT = ['private', 'devDependencies', 'overrides', 'scripts', 'napi']

/**
 * @param {Record<string, any>} own
 * @returns {Record<string, any>}
 */
function published (own) {
  const entries = Object.entries(own).filter(([key]) => !LEFT_OUT.includes(key))
  const optionalDependencies = Object.fromEntries(platforms(own).map(({ manifest: { name, version } }) => [name, version]))
  return { ...Object.fromEntries(entries), optionalDependencies }
}

/**
 * What `npm pack` reads. npm looks for `postpack` in the manifest that is there when it has packed, which is this one.
 * @param {string} own the text of package.json
 */
function swapped (own) {
  const manifest = JSON.parse(own)
  return text({ ...published(manifest), scripts: { postpack: manifest.scripts.postpack } })
}

/** @param {object} manifest */
function text (manifest) {
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** @param {string} root */
function placesIn (root) {
  return { manifest: path.join(root, 'package.json'), kept: path.join(root, 'package.json.kept') }
}

/** @param {string} root */
function write (root) {
  restore(root)
  const { manifest, kept } = placesIn(root)
  const own = readFileSync(manifest, 'utf8')
  writeFileSync(kept, own)
  writeFileSync(manifest, swapped(own))
}

/**
 * Puts back what `write` has kept; after an interrupted packing the next one does. Work on package.json is never overwritten.
 * @param {string} root
 */
function restore (root) {
  const { manifest, kept } = placesIn(root)
  if (!existsSync(kept)) return
  const [now, own] = [manifest, kept].map(file => readFileSync(file, 'utf8'))
  if (now === own) return rmSync(kept)
  if (now !== swapped(/** @type {string} */ (own))) {
    throw new Error('package.json was changed after an interrupted `npm pack`, which left package.json.kept behind: ' +
      'take from that file what package.json lacks, delete it, and pack again')
  }
  renameSync(kept, manifest)
}

if (require.main === module) {
  const root = path.join(__dirname, '..')
  const what = process.argv[2]
  try {
    if (what === 'write') write(root)
    else if (what === 'restore') restore(root)
    else throw new Error("What to do with the manifest: 'write' or 'restore'")
  } catch (error) {
    console.error(/** @type {Error} */ (error).message)
    process.exitCode = 1
  }
}

module.exports = { published, text }
