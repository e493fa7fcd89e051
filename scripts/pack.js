'use strict'

// `npm run pack:all [folder]`: the tarball of the package and that of this platform's binary, as they are published. They are
// packed from copies, so that the checkout stays as it is, whatever happens.

const { execFileSync } = require('node:child_process')
const { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')

const { published, text } = require('./packed-manifest')
const { placeBinary } = require('./place-binary')
const { ownPlatform } = require('./platforms')

const root = path.join(__dirname, '..')

/** npm packs them whatever `files` says, where they are. */
const ALWAYS = ['README.md', 'LICENSE']

/**
 * @param {string} folder where to
 * @returns {{ main: string, platform: string }} the tarballs
 */
function packAll (folder) {
  const own = require('../package.json')
  const { suffix, manifest: { private: _, scripts: __, ...manifest } } = ownPlatform()
  placeBinary(suffix)
  mkdirSync(folder, { recursive: true })
  return {
    main: pack(folder, published(own), [...own.files, ...ALWAYS].map(file => path.join(root, file))),
    platform: pack(folder, manifest, [...manifest.files, 'README.md'].map(file => path.join(root, 'npm', suffix, file)).concat(path.join(root, 'LICENSE')))
  }
}

/**
 * @param {string} folder
 * @param {object} manifest
 * @param {string[]} files files and folders, each of which stands at the top of the package
 */
function pack (folder, manifest, files) {
  const copy = mkdtempSync(path.join(tmpdir(), 'packing-'))
  try {
    for (const file of files) cpSync(file, path.join(copy, path.basename(file)), { recursive: true })
    writeFileSync(path.join(copy, 'package.json'), text(manifest))
    // On Windows npm is a script, which only a shell runs.
    const listed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
      cwd: copy, encoding: 'utf8', shell: process.platform === 'win32'
    })
    return path.join(folder, JSON.parse(listed)[0].filename)
  } finally {
    rmSync(copy, { recursive: true })
  }
}

if (require.main === module) {
  const { main, platform } = packAll(path.resolve(process.argv[2] ?? path.join(root, 'target', 'packed')))
  console.log(`${main}\n${platform}`)
}

module.exports = { packAll }
