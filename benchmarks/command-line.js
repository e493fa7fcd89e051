'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { listed, scenarioNames } = require('./comparison/choice')
const { Refusal } = require('./refusal')

const SCENARIOS = path.join(__dirname, 'scenarios')
const WHOLE = 'comparison'

/** @typedef {{ options: NonNullable<import('node:util').ParseArgsConfig['options']>, usage: string, run: (options: any) => Promise<void> }} Scenario */

/**
 * What a command line asks for. Names of the comparison's own scenarios are options of it.
 * @param {readonly string[]} args
 * @returns {{ name: string, scenario: Scenario, options: any }[]}
 */
function read (args) {
  const firstOption = args.findIndex(arg => arg.startsWith('-'))
  const names = firstOption < 0 ? args : args.slice(0, firstOption)
  const options = args.slice(names.length)
  const files = fs.readdirSync(SCENARIOS).filter(file => file.endsWith('.js')).map(file => file.slice(0, -3))
  const parts = names.filter(name => scenarioNames().includes(name))
  const unknown = names.find(name => !files.includes(name) && !parts.includes(name))
  if (unknown !== undefined) throw new Refusal(`There is no scenario '${unknown}'.\n${listing()}`)
  const own = names.filter(name => files.includes(name))
  const wanted = parts.length > 0 || names.length === 0 ? [...new Set([...own, WHOLE])] : own
  return wanted.map(name => {
    const scenario = require(path.join(SCENARIOS, name))
    const more = name === WHOLE ? parts.flatMap(part => ['--scenario', part]) : []
    return { name, scenario, options: parse([...more, ...options], name, scenario) }
  })
}

/**
 * @param {string[]} args
 * @param {string} name
 * @param {Scenario} scenario
 */
function parse (args, name, { options, usage }) {
  try {
    return parseArgs({ args, options }).values
  } catch (error) {
    const [sentence] = /** @type {Error} */ (error).message.split('. ')
    throw new Refusal(`${sentence}. Usage: npm run bench -- ${name} ${usage}`)
  }
}

/** What there is. */
function listing () {
  const files = fs.readdirSync(SCENARIOS).filter(file => file.endsWith('.js')).map(file => file.slice(0, -3))
  const lines = files.sort().map(name => `  ${name} ${require(path.join(SCENARIOS, name)).usage}\n`).join('')
  return `npm run bench -- NAME… [options]; without a name the ${WHOLE}, whole:\n${lines}${listed()}`
}

module.exports = { read, listing }
