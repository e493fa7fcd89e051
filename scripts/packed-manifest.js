'use strict'

// The manifest as it is published: it names the platform packages, which the one of a checkout must not (`npm ci` would ask
// the registry for them before they are there), and leaves out what is only for working on the package. npm's `prepack`
// writes it in the place of package.json and `postpack` puts that back; an interrupted packing is mended by the next.

const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const path = require('node:path')

const { platforms } = require('./platforms')

const root = path.join(__dirname, '..')
const manifest = path.join(root, 'package.json')
const kept = path.join(root, 'package.json.kept')

/** Nothing of these is of use to who installs the package. */
const LEFT_OUT = ['devDependencies', 'overrides', 'scripts', 'napi']

/** @param {Record<string, any>} own */
function published (own) {
  const entries = Object.entries(own).filter(([key]) => !LEFT_OUT.includes(key))
  const optionalDependencies = Object.fromEntries(platforms().map(({ manifest: { name, version } }) => [name, version]))
  // npm looks for `postpack` in the manifest that is there when it has packed, which is this one.
  const { postpack } = own.scripts
  return { ...Object.fromEntries(entries), scripts: { postpack }, optionalDependencies }
}

function write () {
  restore()
  const own = readFileSync(manifest, 'utf8')
  writeFileSync(kept, own)
  writeFileSync(manifest, `${JSON.stringify(published(JSON.parse(own)), null, 2)}\n`)
}

function restore () {
  if (existsSync(kept)) renameSync(kept, manifest)
}

if (require.main === module) {
  if (process.argv[2] === 'write') write()
  else if (process.argv[2] === 'restore') restore()
  else throw new Error("What to do with the manifest: 'write' or 'restore'")
}

module.exports = { published, restore, write }
