'use strict'

const { figure, ratio, spread, withSpread } = require('./numbers')
const { table } = require('./table')

/** @typedef {import('../rounds').Round} Round */

/**
 * One client's rounds.
 * @template T
 * @typedef {{ name: string, rounds: T[] }} Series
 */

/**
 * @template T
 * @typedef {readonly [what: string, of: (round: T) => number]} Column
 */

/** @param {Round} round */
const rate = round => round.perSecond
/** @param {Round} round */
const thread = round => round.threadMicros ?? NaN
/** @param {Round} round */
const whole = round => round.processMicros ?? NaN
/** @param {Round} round */
const errors = round => Object.values(round.errors).reduce((sum, count) => sum + count, 0)

/**
 * What can be told of a round of requests.
 * @type {Record<'rate' | 'thread' | 'process' | 'server' | 'p50' | 'p95' | 'p99' | 'delay' | 'wait' | 'rss' | 'connections' | 'errors', Column<Round>>}
 */
const COLUMNS = {
  rate: ['requests/s', rate],
  thread: ['CPU of the JavaScript thread, µs a request', thread],
  process: ['CPU of the process, µs a request', whole],
  server: ['CPU of the server, µs a request', round => round.serverMicros],
  p50: ['p50, µs', round => round.latencyMicros.p50],
  p95: ['p95, µs', round => round.latencyMicros.p95],
  p99: ['p99, µs', round => round.latencyMicros.p99],
  delay: ['event loop delay p99, ms', round => round.loopDelayMillis.p99],
  wait: ['JavaScript thread ready but without a CPU, %', round => 100 * (round.waitShare ?? NaN)],
  rss: ['RSS, MB', round => round.rssMegabytes],
  connections: ['connections', round => round.connections],
  errors: ['errors', errors]
}

/**
 * A column for each client, a row for each figure. Of two, the ratio of the first to the second stands before them.
 * @template T
 * @param {string} title
 * @param {readonly Series<T>[]} series ours first
 * @param {readonly Column<T>[]} columns
 */
function seriesText (title, series, columns) {
  const isPair = series.length === 2
  const rows = columns.map(([what, of]) => {
    const sides = series.map(({ rounds }) => rounds.map(of))
    const [ours = [], theirs = []] = sides
    return [what, ...isPair ? [figure(ratio(ours, theirs).median)] : [], ...sides.map(side => withSpread(spread(side)))]
  })
  return `${title}: median (least–most) of ${series[0]?.rounds.length} interleaved rounds\n` +
    table(['', ...isPair ? ['ratio'] : [], ...series.map(({ name }) => name)], rows)
}

/**
 * What the first has to reach beside the second, round by round.
 * @template T
 * @param {string} what
 * @param {readonly Series<T>[]} series
 * @param {(round: T) => number} of
 * @param {'≤' | '≥'} sense
 * @param {number} bound
 * @returns {import('./targets').Target}
 */
function ratioTarget (what, series, of, sense, bound) {
  const [ours = [], theirs = []] = series.map(({ rounds }) => rounds.map(of))
  const { median, least, most } = ratio(ours, theirs)
  return { what, measured: median, sense, bound, spread: `${figure(least)}–${figure(most)}` }
}

module.exports = { COLUMNS, rate, thread, whole, errors, seriesText, ratioTarget }
