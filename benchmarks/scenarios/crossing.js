'use strict'

const { launch } = require('../../__tests__/servers/launch')
const { memory, memoryTargets, memoryText } = require('../crossing/memory')
const { traffic, trafficTargets, trafficText } = require('../crossing/traffic')
const { Refusal } = require('../refusal')
const { machine, machineText } = require('../report/machine')
const { save } = require('../report/save')
const { isReached, targetTable } = require('../report/targets')

const PARTS = ['traffic', 'memory']

const WHOLE = {
  traffic: { rounds: 5, seconds: 2, warmSeconds: 4 },
  memory: { requests: 1_000_000, warmUp: 200_000, names: ['rag-connection-pool', 'undici'] }
}

/** Enough to see whether everything works, too little to judge by. */
const QUICK = {
  traffic: { rounds: 2, seconds: 0.5, warmSeconds: 1 },
  memory: { requests: 100_000, warmUp: 50_000, names: ['rag-connection-pool'] }
}

const usage = `[--quick] [--rounds N] [--part ${PARTS.join('|')}] [--read json|text]`

const options = /** @type {const} */ ({
  quick: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  part: { type: 'string' },
  read: { type: 'string', default: 'json' }
})

/**
 * Small replies over plain HTTP/1.1, beside undici: what a request costs, and what it never costs.
 * @param {{quick: boolean, rounds?: string, part?: string, read: string}} given
 */
async function run ({ quick, rounds, part, read }) {
  const plan = quick ? QUICK : WHOLE
  const parts = part === undefined ? PARTS : [oneOf('part', part, PARTS)]
  const ofTraffic = {
    ...plan.traffic,
    rounds: rounds === undefined ? plan.traffic.rounds : count('rounds', rounds),
    read: /** @type {'json' | 'text'} */ (oneOf('read', read, ['json', 'text']))
  }
  const where = machine()
  /** @type {Partial<Results>} */
  const results = {}
  if (parts.includes('traffic')) results.traffic = await measured(server => traffic(server, ofTraffic))
  if (parts.includes('memory')) results.memory = await measured(server => memory(server, plan.memory))
  tell(where, results, quick)
}

/**
 * @typedef {object} Results
 * @property {Awaited<ReturnType<typeof traffic>>} traffic
 * @property {Awaited<ReturnType<typeof memory>>} memory
 */

/**
 * @param {ReturnType<typeof machine>} where
 * @param {Partial<Results>} results
 * @param {boolean} quick
 */
function tell (where, results, quick) {
  const targets = [
    ...(results.traffic === undefined ? [] : trafficTargets(results.traffic)),
    ...memoryTargets(results.memory ?? [])
  ]
  const texts = [machineText(where, results.traffic?.versions ?? {})]
  if (quick) texts.push('A quick run: shorter than the targets are meant for.\n')
  texts.push(targetTable(targets))
  if (results.traffic !== undefined) {
    texts.push(trafficText('50 in flight', results.traffic.many), trafficText('One in flight', results.traffic.one))
  }
  if (results.memory !== undefined) texts.push(memoryText(results.memory))
  const judged = targets.map(target => ({ ...target, reached: isReached(target) }))
  const file = save('crossing', { quick, machine: where, targets: judged, ...results })
  process.stdout.write(`${texts.join('\n')}\nAll figures: ${file}\n`)
}

/**
 * @template T
 * @param {(server: import('../../__tests__/servers/launch').Server) => Promise<T>} measure
 * @returns {Promise<T>}
 */
async function measured (measure) {
  const server = await launch('bench-server')
  try {
    return await measure(server)
  } finally {
    await server.stop()
  }
}

/**
 * @param {string} option
 * @param {string} value
 * @param {readonly string[]} allowed
 */
function oneOf (option, value, allowed) {
  if (!allowed.includes(value)) throw new Refusal(`--${option} must be ${allowed.join(' or ')}; received '${value}'`)
  return value
}

/**
 * @param {string} option
 * @param {string} value
 */
function count (option, value) {
  if (!/^[1-9]\d{0,3}$/.test(value)) throw new Refusal(`--${option} must be a number from 1 to 9999; received '${value}'`)
  return Number(value)
}

module.exports = { options, usage, run }
