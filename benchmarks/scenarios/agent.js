'use strict'

const { launch } = require('../../__tests__/servers/launch')
const { Contender } = require('../contender')
const { trafficTarget, trafficText } = require('../crossing/traffic')
const { machine, machineText } = require('../report/machine')
const { figure, ratio, spread, withSpread } = require('../report/numbers')
const { save } = require('../report/save')
const { table } = require('../report/table')
const { isReached, targetTable } = require('../report/targets')
const { interleaved } = require('../rounds')

const OURS = 'http.Agent, pooled'
const THEIRS = 'http.Agent'
const IN_FLIGHT = 50
const TIMED_EVERY = 10
const WHOLE = { traffic: { rounds: 5, seconds: 2, warmSeconds: 3 }, transfers: { rounds: 3, bytes: 2 ** 30 } }
/** Enough to see whether everything works, too little to judge by. */
const QUICK = { traffic: { rounds: 2, seconds: 0.5, warmSeconds: 1 }, transfers: { rounds: 2, bytes: 2 ** 26 } }

const usage = '[--quick]'
const options = /** @type {const} */ ({ quick: { type: 'boolean', default: false } })

/**
 * `http.request` through the agent of a pool beside Node's own with keepAlive and equal limits.
 * @param {{ quick: boolean }} given
 */
async function run ({ quick }) {
  const plan = quick ? QUICK : WHOLE
  const where = machine()
  const server = await launch('bench-server')
  try {
    const measured = []
    for (const isSecure of [false, true]) measured.push(...await traffic(server, isSecure, plan.traffic))
    const transfers = await transferred(server, plan.transfers)
    tell(where, { measured, transfers }, quick)
  } finally {
    await server.stop()
  }
}

/**
 * @param {import('../../__tests__/servers/launch').Server} server
 * @param {boolean} isSecure
 */
function place (server, isSecure) {
  return isSecure ? `https://localhost:${server.https1}` : `http://127.0.0.1:${server.http}`
}

/**
 * Small replies, many in flight and then one.
 * @param {import('../../__tests__/servers/launch').Server} server
 * @param {boolean} isSecure
 * @param {typeof WHOLE.traffic} plan
 */
async function traffic (server, isSecure, { rounds, seconds, warmSeconds }) {
  const contenders = await opened(server, isSecure)
  const load = { path: '/json', seconds, leadInMs: 200 }
  const many = await interleaved(contenders, server, { rounds, warmSeconds, load: { ...load, lanes: IN_FLIGHT, timedEvery: TIMED_EVERY } })
  const one = await interleaved(contenders, server, { rounds, warmSeconds, load: { ...load, lanes: 1 } })
  for (const contender of contenders) await contender.close()
  const way = isSecure ? 'over TLS' : 'in clear'
  return [
    { name: `${IN_FLIGHT} in flight, ${way}`, series: many },
    { name: `one in flight, ${way}`, series: one }
  ]
}

/**
 * @param {import('../../__tests__/servers/launch').Server} server
 * @param {boolean} isSecure
 */
async function opened (server, isSecure) {
  const contenders = [OURS, THEIRS].map(name => new Contender(name))
  const setting = { connections: IN_FLIGHT, keepIdleMs: 60_000, read: /** @type {const} */ ('json'), ...isSecure && { ca: server.ca } }
  for (const contender of contenders) await contender.open(place(server, isSecure), setting)
  return contenders
}

/**
 * A large body each way, over TLS.
 * @param {import('../../__tests__/servers/launch').Server} server
 * @param {typeof WHOLE.transfers} plan
 */
async function transferred (server, { rounds, bytes }) {
  const contenders = await opened(server, true)
  const ways = [
    { way: /** @type {const} */ ('upload'), path: '/sink', bytes },
    { way: /** @type {const} */ ('download'), path: `/bytes?n=${bytes}`, bytes }
  ]
  const all = ways.map(transfer => ({ ...transfer, ours: /** @type {number[]} */ ([]), theirs: /** @type {number[]} */ ([]) }))
  for (let round = 0; round < rounds; round++) {
    for (const transfer of all) {
      const [ours, theirs] = /** @type {[Contender, Contender]} */ (contenders)
      transfer.ours.push((await ours.transfer(transfer)).seconds)
      transfer.theirs.push((await theirs.transfer(transfer)).seconds)
    }
  }
  for (const contender of contenders) await contender.close()
  return all
}

/** @typedef {{ name: string, series: import('../rounds').Series[] }} Measured */

/**
 * @param {Measured[]} measured
 * @returns {import('../report/targets').Target[]}
 */
function trafficTargets (measured) {
  return measured.flatMap(({ name, series }) => name.startsWith('one')
    ? [trafficTarget(`${name}: p50, of Node's`, series, round => round.latencyMicros.p50, '≤', 1.1)]
    : [
        trafficTarget(`${name}: requests/s, of Node's`, series, round => round.perSecond, '≥', 1.8),
        trafficTarget(`${name}: CPU of the JavaScript thread, of Node's`, series, round => round.threadMicros ?? NaN, '≤', 0.5)
      ])
}

/** @param {Awaited<ReturnType<typeof transferred>>} transfers */
function transferTargets (transfers) {
  return transfers.map(({ way, bytes, ours, theirs }) => {
    const { median, least, most } = ratio(theirs, ours)
    return { what: `${way} of ${bytes / 2 ** 20} MiB over TLS: speed, of Node's`, measured: median, sense: /** @type {const} */ ('≥'), bound: 1.2, spread: `${figure(least)}–${figure(most)}` }
  })
}

/** @param {Awaited<ReturnType<typeof transferred>>} transfers */
function transferText (transfers) {
  const speed = (/** @type {number} */ bytes, /** @type {number[]} */ seconds) => withSpread(spread(seconds.map(one => bytes / 2 ** 20 / one)))
  return 'Large bodies over TLS, MiB/s\n' + table(['', OURS, THEIRS], transfers.map(({ way, bytes, ours, theirs }) => [way, speed(bytes, ours), speed(bytes, theirs)]))
}

/**
 * @param {ReturnType<typeof machine>} where
 * @param {{ measured: Measured[], transfers: Awaited<ReturnType<typeof transferred>> }} results
 * @param {boolean} quick
 */
function tell (where, { measured, transfers }, quick) {
  const targets = [...trafficTargets(measured), ...transferTargets(transfers)]
  const texts = [machineText(where, {})]
  if (quick) texts.push('A quick run: shorter than the targets are meant for.\n')
  texts.push(targetTable(targets), ...measured.map(({ name, series }) => trafficText(name, series)), transferText(transfers))
  const file = save('agent', { quick, machine: where, targets: targets.map(one => ({ ...one, reached: isReached(one) })), measured, transfers })
  process.stdout.write(`${texts.join('\n')}\nAll figures: ${file}\n`)
}

module.exports = { usage, options, run }
