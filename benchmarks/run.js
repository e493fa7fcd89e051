'use strict'

// `npm run bench -- SCENARIO [options]`: one file a scenario, each with `options`, `usage` and `run`.

const fs = require('node:fs')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { Refusal } = require('./refusal')

const SCENARIOS = path.join(__dirname, 'scenarios')
const BAD_USAGE = 2

main(process.argv.slice(2)).catch(error => {
  process.exitCode = error instanceof Refusal ? BAD_USAGE : 1
  console.error(error instanceof Refusal ? error.message : error)
})

/** @param {string[]} args */
async function main (args) {
  const [name = '', ...rest] = args
  const known = fs.readdirSync(SCENARIOS).filter(file => file.endsWith('.js')).map(file => file.slice(0, -3)).sort()
  if (!known.includes(name)) {
    const what = name === '' ? 'Which scenario?' : `There is no scenario '${name}'.`
    throw new Refusal(`${what} Usage: npm run bench -- SCENARIO [options]; the scenarios are: ${known.join(', ')}`)
  }
  const scenario = require(path.join(SCENARIOS, name))
  await scenario.run(parse(rest, name, scenario))
}

/**
 * @param {string[]} args
 * @param {string} name
 * @param {{options: NonNullable<import('node:util').ParseArgsConfig['options']>, usage: string}} scenario
 */
function parse (args, name, { options, usage }) {
  try {
    return parseArgs({ args, options }).values
  } catch (error) {
    const [sentence] = error instanceof Error ? error.message.split('. ') : []
    throw new Refusal(`${sentence}. Usage: npm run bench -- ${name} ${usage}`)
  }
}
