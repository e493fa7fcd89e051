'use strict'

const { readFileSync } = require('node:fs')
const path = require('node:path')

const INSTALLED = path.join(__dirname, '..', '..', 'node_modules')

/**
 * By its file: not every package lets its manifest be required.
 * @param {string} name
 * @returns {string}
 */
function versionOf (name) {
  return JSON.parse(readFileSync(path.join(INSTALLED, name, 'package.json'), 'utf8')).version
}

module.exports = { versionOf }
