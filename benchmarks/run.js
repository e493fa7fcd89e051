'use strict'

// `npm run bench -- SCENARIO… [options]`: one file a scenario, each with `options`, `usage` and `run`.

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
  const firstOption = args.findIndex(arg => arg.startsWith('-'))
  const names = firstOption < 0 ? args : args.slice(0, firstOption)
  const known = fs.readdirSync(SCENARIOS).filter(file => file.endsWith('.js')).map(file => file.slice(0, -3)).sort()
  const unknown = names.length === 0 ? '' : names.find(name => !known.includes(name))
  if (unknown !== undefined) {
    const what = unknown === '' ? 'Which scenario?' : `There is no scenario '${unknown}'.`
    throw new Refusal(`${what} Usage: npm run bench -- SCENARIO… [options]; the scenarios are: ${known.join(', ')}`)
  }
  const runs = names.map(name => {
    const scenario = require(path.join(SCENARIOS, name))
    return { scenario, options: parse(args.slice(names.length), name, scenario) }
  })
  for (const { scenario, options } of runs) await scenario.run(options)
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
