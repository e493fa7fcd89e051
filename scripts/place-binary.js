'use strict'

// Puts a platform's binary into its package's folder. It runs as that package's `prepack` too, so that `npm pack` there never
// makes a package without one.

const { copyFileSync, existsSync } = require('node:fs')
const path = require('node:path')

const { platforms } = require('./platforms')

const root = path.join(__dirname, '..')

/**
 * @param {string} suffix of the platform
 * @throws {Error} when there is no binary for it
 */
function placeBinary (suffix) {
  const platform = platforms().find(platform => platform.suffix === suffix)
  if (platform === undefined) throw new Error(`There is no package for ${suffix}; there are ${platforms().map(({ suffix }) => suffix).join(', ')}`)
  const built = path.join(root, platform.binary)
  const placed = path.join(root, 'npm', suffix, platform.binary)
  if (existsSync(built)) copyFileSync(built, placed)
  if (!existsSync(placed)) throw new Error(`${platform.binary} is not there: \`npm run build\` makes it on that platform`)
}

if (require.main === module) {
  try {
    placeBinary(process.argv[2] ?? '')
  } catch (error) {
    console.error(/** @type {Error} */ (error).message)
    process.exitCode = 1
  }
}

module.exports = { placeBinary }
