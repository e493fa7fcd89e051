'use strict'

const { readFileSync, readdirSync } = require('node:fs')
const path = require('node:path')

const ROOT = path.join(__dirname, '..', '..')

/** @param {string} file from the root of the repository on */
function read (file) {
  return readFileSync(path.join(ROOT, file), 'utf8')
}

/**
 * @param {string} folder from the root of the repository on
 * @param {string} extension
 * @returns {string[]} the files below it, from the root on and with `/`
 */
function filesBelow (folder, extension) {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith(extension))
    .map(file => path.posix.join(folder, ...file.split(path.sep)))
}

module.exports = { ROOT, read, filesBelow }
