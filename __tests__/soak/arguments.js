'use strict'

const { parseArgs } = require('node:util')
const { Refusal } = require('../../benchmarks/refusal')

/** What the program can show, by the name that `--part` takes. */
const PARTS = /** @type {const} */ (['chaos', 'backpressure', 'streams', 'neighbours'])

const USAGE = `Usage: npm run soak -- [--minutes N] [--seed S] [--in-flight N]
       npm run soak -- --part backpressure|streams|neighbours [--size small|full]

  --minutes N     how long the chaos lasts (10)
  --seed S        of all that is random, printed with each run (drawn)
  --in-flight N   requests under way at any time (2000)
  --part NAME     ${PARTS.join(', ')} (chaos)
  --size SIZE     of the other parts: small takes a minute, full is what RELIABILITY.md tells of (full)
`

const OPTIONS = /** @type {const} */ ({
  minutes: { type: 'string' },
  seed: { type: 'string' },
  'in-flight': { type: 'string' },
  part: { type: 'string', default: 'chaos' },
  size: { type: 'string', default: 'full' },
  help: { type: 'boolean', short: 'h', default: false }
})

/** Those that mean nothing to the other parts. */
const OF_CHAOS = /** @type {const} */ (['minutes', 'seed', 'in-flight'])

/**
 * @param {string[]} args the command line after the program's name
 * @returns {{ help: boolean, part: typeof PARTS[number], minutes: number, seed: number, inFlight: number, size: 'small' | 'full' }}
 * @throws {Refusal} for what is not there or has no sense
 */
function readArguments (args) {
  const values = parse(args)
  const part = PARTS.find(name => name === values.part)
  if (part === undefined) throw refusal(`--part ${values.part}: there is none of that name`)
  if (values.size !== 'small' && values.size !== 'full') throw refusal(`--size ${values.size} is neither small nor full`)
  const foreign = OF_CHAOS.find(name => part !== 'chaos' && values[name] !== undefined)
  if (foreign !== undefined) throw refusal(`--${foreign} goes with --part chaos`)
  return {
    help: values.help,
    part,
    size: values.size,
    minutes: number('minutes', values.minutes ?? '10', value => value > 0 && value <= MOST_MINUTES, `more than 0 and at most ${MOST_MINUTES}`),
    seed: number('seed', values.seed ?? String(Math.floor(Math.random() * 2 ** 32)), value => Number.isInteger(value) && value >= 0 && value < 2 ** 32, 'an integer below 2^32'),
    inFlight: number('in-flight', values['in-flight'] ?? '2000', value => Number.isInteger(value) && value >= 1 && value <= MOST_IN_FLIGHT, `an integer from 1 to ${MOST_IN_FLIGHT}`)
  }
}

const MOST_MINUTES = 7 * 24 * 60
const MOST_IN_FLIGHT = 8000

/** @param {string[]} args */
function parse (args) {
  try {
    return parseArgs({ args, options: OPTIONS }).values
  } catch (error) {
    const [sentence = 'The arguments are not understood'] = error instanceof Error ? error.message.split('. ') : []
    throw refusal(sentence)
  }
}

/**
 * @param {string} name
 * @param {string} text
 * @param {(value: number) => boolean} isAllowed
 * @param {string} allowed
 */
function number (name, text, isAllowed, allowed) {
  const value = text.trim() === '' ? NaN : Number(text)
  if (!Number.isFinite(value) || !isAllowed(value)) throw refusal(`--${name} ${text} is not ${allowed}`)
  return value
}

/** @param {string} sentence */
const refusal = sentence => new Refusal(`${sentence}.\n\n${USAGE}`)

module.exports = { readArguments, USAGE }
