'use strict'

// `npm run pack:all [folder]`: the tarball of the package and that of this platform's binary, as they would be published.

const { execFileSync } = require('node:child_process')
const { copyFileSync, existsSync, mkdirSync } = require('node:fs')
const path = require('node:path')

const { restore, write } = require('./packed-manifest')
const { ownPlatform } = require('./platforms')

const root = path.join(__dirname, '..')

/**
 * @param {string} folder where to
 * @returns {{ main: string, platform: string }} the tarballs
 */
function packAll (folder) {
  const { suffix, binary } = ownPlatform()
  const built = path.join(root, binary)
  if (!existsSync(built)) throw new Error(`${binary} is not built; npm run build makes it`)
  mkdirSync(folder, { recursive: true })
  const place = path.join(root, 'npm', suffix)
  copyFileSync(built, path.join(place, binary))
  write()
  try {
    return { main: pack(root, folder), platform: pack(place, folder) }
  } finally {
    restore()
  }
}

/**
 * @param {string} from
 * @param {string} folder
 */
function pack (from, folder) {
  const command = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const listed = execFileSync(command, ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: from, encoding: 'utf8', shell: process.platform === 'win32' })
  return path.join(folder, JSON.parse(listed)[0].filename)
}

if (require.main === module) {
  const { main, platform } = packAll(path.resolve(process.argv[2] ?? path.join(root, 'target', 'packed')))
  console.log(`${main}\n${platform}`)
}

module.exports = { packAll }
