'use strict'

const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { versionOf } = require('../contenders/version-of')
const { count } = require('../refusal')
const { figure, spread, withSpread } = require('../report/numbers')
const { table } = require('../report/table')
const { study } = require('../study')

const ROOT = path.join(__dirname, '..', '..')

/** What is loaded, as it is named in a `require` at the root of the repository. */
const LOADED = { 'rag-connection-pool': './index.js', undici: 'undici' }

const MOST_MS = 30

/** How long `require` takes in a process that has loaded nothing yet; the file system's cache is warm. */
module.exports = study({
  name: 'loading',
  usage: '[--rounds N] [--node PATH]…',
  options: { rounds: { type: 'string' }, node: { type: 'string', multiple: true, default: [process.execPath] } },
  plans: { whole: { rounds: 31, nodes: [process.execPath] }, quick: { rounds: 5, nodes: [process.execPath] } },
  settle: (plan, { rounds, node }) => ({ rounds: rounds === undefined ? plan.rounds : count('rounds', rounds), nodes: node }),
  measure: async ({ rounds, nodes }) => ({ nodes: nodes.map(node => loads(node, rounds)) }),
  tell: ({ nodes }) => ({
    versions: { undici: versionOf('undici') },
    targets: nodes.map(({ version, series }) => {
      const wall = spread(/** @type {Load[]} */ (series['rag-connection-pool']).map(({ ms }) => ms))
      return { what: `Node ${version}: ms to load`, measured: wall.median, sense: /** @type {const} */ ('≤'), bound: MOST_MS, spread: `${figure(wall.least)}–${figure(wall.most)}` }
    }),
    texts: [table(['', 'ms', 'ms of CPU'], nodes.flatMap(({ version, series }) => Object.entries(series).map(([name, loads]) =>
      [`${name}, Node ${version}`, withSpread(spread(loads.map(({ ms }) => ms))), withSpread(spread(loads.map(({ cpuMs }) => cpuMs)))])))]
  })
})

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
