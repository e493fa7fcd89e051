'use strict'

const { launch } = require('../../__tests__/servers/launch')
const { Contender } = require('../contender')
const { machine, machineText } = require('../report/machine')
const { figure, ratio, spread, withSpread } = require('../report/numbers')
const { save } = require('../report/save')
const { table } = require('../report/table')
const { isReached, targetTable } = require('../report/targets')
const { interleaved } = require('../rounds')

const IN_FLIGHT = 50
const WHOLE = { rounds: 5, seconds: 2, warmSeconds: 3 }
/** Enough to see whether everything works, too little to judge by. */
const QUICK = { rounds: 2, seconds: 0.5, warmSeconds: 1 }

/** What each client must at least gain by the pool, in requests/s. */
const CLIENTS = [
  { name: 'axios', bound: 1.5 },
  { name: 'openai', bound: 1.5 }
]

const usage = '[--quick]'
const options = /** @type {const} */ ({ quick: { type: 'boolean', default: false } })

/**
 * Clients over the pool beside themselves without it: 50 in flight, plain HTTP/1.1, replies of 200 bytes.
 * @param {{ quick: boolean }} given
 */
async function run ({ quick }) {
  const plan = quick ? QUICK : WHOLE
  const where = machine()
  const server = await launch('bench-server')
  try {
    const measured = []
    for (const client of CLIENTS) measured.push({ ...client, ...await beside(server, client.name, plan) })
    tell(where, measured, quick)
  } finally {
    await server.stop()
  }
}

/**
 * @param {import('../../__tests__/servers/launch').Server} server
 * @param {string} name
 * @param {typeof WHOLE} plan
 */
async function beside (server, name, { rounds, seconds, warmSeconds }) {
  const contenders = [`${name}, pooled`, name].map(each => new Contender(each))
  const setting = /** @type {const} */ ({ connections: IN_FLIGHT, keepIdleMs: 60_000, read: 'json' })
  for (const contender of contenders) await contender.open(`http://127.0.0.1:${server.http}`, setting)
  const load = { path: '/json', lanes: IN_FLIGHT, seconds, leadInMs: 200 }
  const series = await interleaved(contenders, server, { rounds, warmSeconds, load })
  for (const contender of contenders) await contender.close()
  return { version: contenders[0]?.version ?? '', series }
}

/** @typedef {{ name: string, bound: number, version: string, series: import('../rounds').Series[] }} Measured */

/**
 * @param {ReturnType<typeof machine>} where
 * @param {Measured[]} measured
 * @param {boolean} quick
 */
function tell (where, measured, quick) {
  const targets = measured.map(target)
  const versions = Object.fromEntries(measured.map(({ name, version }) => [name, version]))
  const texts = [machineText(where, versions)]
  if (quick) texts.push('A quick run: shorter than the targets are meant for.\n')
  texts.push(targetTable(targets), ...measured.map(text))
  const file = save('clients', { quick, machine: where, targets: targets.map(one => ({ ...one, reached: isReached(one) })), measured })
  process.stdout.write(`${texts.join('\n')}\nAll figures: ${file}\n`)
}

/**
 * @param {Measured} measured
 * @returns {import('../report/targets').Target}
 */
function target ({ name, bound, series }) {
  const [ours, theirs] = series.map(({ rounds }) => rounds.map(round => round.perSecond))
  const { median, least, most } = ratio(ours ?? [], theirs ?? [])
  return { what: `${name} over the pool: requests/s, of its own`, measured: median, sense: '≥', bound, spread: `${figure(least)}–${figure(most)}` }
}

/** @param {Measured} measured */
function text ({ name, series }) {
  const columns = /** @type {const} */ ([
    ['requests/s', 'perSecond'], ['CPU of the JavaScript thread, µs a request', 'threadMicros'],
    ['CPU of the process, µs a request', 'processMicros'], ['RSS, MB', 'rssMegabytes'], ['connections', 'connections']
  ])
  const rows = columns.map(([what, key]) => [what, ...series.map(({ rounds }) => withSpread(spread(rounds.map(round => round[key] ?? NaN))))])
  return `${name}: median (least–most) of ${series[0]?.rounds.length} interleaved rounds\n${table(['', ...series.map(one => one.name)], rows)}`
}

module.exports = { options, usage, run }
