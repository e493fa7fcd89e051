'use strict'

const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { Refusal } = require('../refusal')
const { machine, machineText } = require('../report/machine')
const { figure, spread, withSpread } = require('../report/numbers')
const { save } = require('../report/save')
const { table } = require('../report/table')
const { isReached, targetTable } = require('../report/targets')

const ROOT = path.join(__dirname, '..', '..')

/** What is loaded, as it is named in a `require` at the root of the repository. */
const LOADED = { 'rag-connection-pool': './index.js', undici: 'undici' }

const MOST_MS = 30

const usage = '[--quick] [--rounds N] [--node PATH]…'

const options = /** @type {const} */ ({
  quick: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  node: { type: 'string', multiple: true, default: [process.execPath] }
})

/**
 * How long `require` takes in a process that has loaded nothing yet; the file system's cache is warm.
 * @param {{quick: boolean, rounds?: string, node: string[]}} given
 */
async function run ({ quick, rounds, node }) {
  const times = rounds === undefined ? (quick ? 5 : 31) : count(rounds)
  const results = node.map(executable => loads(executable, times))
  const targets = results.map(({ version, series }) => {
    const wall = spread(/** @type {Load[]} */ (series['rag-connection-pool']).map(({ ms }) => ms))
    return { what: `Node ${version}: ms to load`, measured: wall.median, sense: /** @type {const} */ ('≤'), bound: MOST_MS, spread: `${figure(wall.least)}–${figure(wall.most)}` }
  })
  const rows = results.flatMap(({ version, series }) => Object.entries(series).map(([name, loads]) =>
    [`${name}, Node ${version}`, withSpread(spread(loads.map(({ ms }) => ms))), withSpread(spread(loads.map(({ cpuMs }) => cpuMs)))]))
  const where = machine()
  const file = save('loading', { quick, machine: where, targets: targets.map(target => ({ ...target, reached: isReached(target) })), results })
  process.stdout.write([
    machineText(where, { undici: require('undici/package.json').version }), targetTable(targets), table(['', 'ms', 'ms of CPU'], rows), `All figures: ${file}\n`
  ].join('\n'))
}

/** @typedef {{ ms: number, cpuMs: number }} Load */

/**
 * @param {string} node
 * @param {number} times
 */
function loads (node, times) {
  const version = execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim()
  /** @type {Record<string, Load[]>} */
  const series = {}
  for (let round = 0; round < times; round++) {
    for (const [name, id] of Object.entries(LOADED)) (series[name] ??= []).push(load(node, id))
  }
  return { version, series }
}

/**
 * @param {string} node
 * @param {string} id
 * @returns {Load}
 */
function load (node, id) {
  const script = `
    const cpu = process.cpuUsage()
    const start = process.hrtime.bigint()
    require(${JSON.stringify(id)})
    const ms = Number(process.hrtime.bigint() - start) / 1e6
    const { user, system } = process.cpuUsage(cpu)
    console.log(JSON.stringify({ ms, cpuMs: (user + system) / 1e3 }))`
  return JSON.parse(execFileSync(node, ['-e', script], { cwd: ROOT, encoding: 'utf8' }))
}

/** @param {string} rounds */
function count (rounds) {
  if (!/^[1-9]\d{0,3}$/.test(rounds)) throw new Refusal(`--rounds must be a number from 1 to 9999; received '${rounds}'`)
  return Number(rounds)
}

module.exports = { options, usage, run }
