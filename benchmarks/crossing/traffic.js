'use strict'

const { Contender } = require('../contender')
const { ratio, spread, withSpread, figure } = require('../report/numbers')
const { table } = require('../report/table')
const { interleaved } = require('../rounds')

const OURS = 'rag-connection-pool'
const THEIRS = 'undici'
const IN_FLIGHT = 50
const LEAD_IN_MS = 200
/** Timing a request costs as much as a tenth of what our own part in it does. */
const TIMED_EVERY = 10

/** @typedef {import('../rounds').Round} Round */
/** @typedef {import('../rounds').Series} Series */

/**
 * What is told of a round: the first of each group decides a target.
 * @type {readonly {name: string, of: (round: Round) => number}[]}
 */
const COLUMNS = [
  { name: 'requests/s', of: round => round.perSecond },
  { name: 'CPU of the JavaScript thread, µs a request', of: round => round.threadMicros ?? NaN },
  { name: 'CPU of the process, µs a request', of: round => round.processMicros ?? NaN },
  { name: 'CPU of the server, µs a request', of: round => round.serverMicros },
  { name: 'p50, µs', of: round => round.latencyMicros.p50 },
  { name: 'p95, µs', of: round => round.latencyMicros.p95 },
  { name: 'p99, µs', of: round => round.latencyMicros.p99 },
  { name: 'event loop delay p99, ms', of: round => round.loopDelayMillis.p99 },
  { name: 'JavaScript thread ready but without a CPU, %', of: round => 100 * (round.waitShare ?? NaN) },
  { name: 'RSS, MB', of: round => round.rssMegabytes },
  { name: 'connections', of: round => round.connections },
  { name: 'errors', of: round => Object.values(round.errors).reduce((sum, count) => sum + count, 0) }
]

/**
 * @param {import('../../__tests__/servers/launch').Server} server
 * @param {{rounds: number, seconds: number, warmSeconds: number, read: 'json' | 'text'}} plan
 * @param {string} [ours] what stands beside undici
 */
async function traffic (server, { rounds, seconds, warmSeconds, read }, ours = OURS) {
  const contenders = [ours, THEIRS].map(name => new Contender(name))
  const setting = { connections: IN_FLIGHT, keepIdleMs: 60_000, read }
  for (const contender of contenders) await contender.open(`http://127.0.0.1:${server.http}`, setting)
  const load = { path: '/json', seconds, leadInMs: LEAD_IN_MS }
  const many = await interleaved(contenders, server, {
    rounds, warmSeconds, load: { ...load, lanes: IN_FLIGHT, timedEvery: TIMED_EVERY }
  })
  const one = await interleaved(contenders, server, { rounds, warmSeconds, load: { ...load, lanes: 1 } })
  for (const contender of contenders) await contender.close()
  const versions = Object.fromEntries(contenders.map(({ name, version }) => [name, version]))
  return { versions, many, one }
}

/**
 * @param {string} title
 * @param {Series[]} series ours first
 */
function trafficText (title, series) {
  const [ours, theirs] = /** @type {[Series, Series]} */ (series)
  const rows = COLUMNS.map(({ name, of }) => {
    const sides = [ours, theirs].map(side => side.rounds.map(of))
    const [left, right] = /** @type {[number[], number[]]} */ (sides)
    const quotient = ratio(left, right)
    return [name, figure(quotient.median), ...sides.map(side => withSpread(spread(side)))]
  })
  return `${title}: median (least–most) of ${ours.rounds.length} interleaved rounds\n` +
    table(['', 'ratio', ours.name, theirs.name], rows)
}

/**
 * @param {{many: Series[], one: Series[]}} results
 * @returns {import('../report/targets').Target[]}
 */
function trafficTargets ({ many, one }) {
  return [
    trafficTarget('50 in flight: CPU of the JavaScript thread, of undici\'s', many, round => round.threadMicros ?? NaN, '≤', 0.25),
    trafficTarget('50 in flight: CPU of the process, of undici\'s', many, round => round.processMicros ?? NaN, '≤', 0.8),
    trafficTarget('50 in flight: requests/s, of undici\'s', many, round => round.perSecond, '≥', 1.5),
    trafficTarget('one in flight: p50, of undici\'s', one, round => round.latencyMicros.p50, '≤', 1.1)
  ]
}

/**
 * @param {string} what
 * @param {Series[]} series
 * @param {(round: Round) => number} of
 * @param {'≤' | '≥'} sense
 * @param {number} bound
 */
function trafficTarget (what, series, of, sense, bound) {
  const [ours, theirs] = /** @type {[Series, Series]} */ (series)
  const { median, least, most } = ratio(ours.rounds.map(of), theirs.rounds.map(of))
  return { what, measured: median, sense, bound, spread: `${figure(least)}–${figure(most)}` }
}

module.exports = { traffic, trafficTarget, trafficText, trafficTargets }
