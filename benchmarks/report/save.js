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
  const file = path.join(RESULTS, `${date.slice(0, 19).replaceAll(':', '')}-${scenario}.json`)
  fs.mkdirSync(RESULTS, { recursive: true })
  fs.writeFileSync(file, JSON.stringify({ scenario, date, ...results }, null, 2) + '\n')
  return path.relative(path.join(__dirname, '..', '..'), file)
}

module.exports = { save }
