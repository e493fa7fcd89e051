'use strict'

const fs = require('node:fs')
const path = require('node:path')

const RESULTS = path.join(__dirname, '..', 'results')

/**
 * @param {string} scenario
 * @param {object} results
 * @returns {string} the file's path, as seen from the project
 */
function save (scenario, results) {
  const date = new Date().toISOString()
  return write(date, `-${scenario}.json`, JSON.stringify({ scenario, date, ...results }, null, 2) + '\n')
}

/**
 * @param {string} date ISO
 * @param {string} suffix of the file's name
 * @param {string} content
 * @param {string} [folder]
 * @returns {string} the file's path, as seen from the project
 */
function write (date, suffix, content, folder = RESULTS) {
  const file = path.join(folder, date.slice(0, 19).replaceAll(':', '') + suffix)
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(file, content)
  return path.relative(path.join(__dirname, '..', '..'), file)
}

module.exports = { save, write }
