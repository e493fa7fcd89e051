'use strict'

const { count: number } = require('../refusal')
const { figure, spread } = require('../report/numbers')
const { ratioTarget, seriesText } = require('../report/series')
const { place, sideBySide } = require('../side-by-side')
const { study } = require('../study')

const NAMES = ['fetch, pooled', 'fetch']

const plans = {
  whole: { rounds: 3, count: 1_000, tokens: 100, everyMs: 50 },
  quick: { rounds: 1, count: 200, tokens: 20, everyMs: 50 }
}

/** @typedef {Awaited<ReturnType<typeof import('../child/streams').read>>} Figures */
/** @typedef {import('../report/series').Series<Figures>} Series */

/** A thousand streams of tokens at once, read by `getReader()`, beside the fetch of the same Node. */
module.exports = study({
  name: 'sse',
  usage: '[--rounds N]',
  options: { rounds: { type: 'string' } },
  plans,
  settle: (plan, { rounds }) => ({ ...plan, ...rounds !== undefined && { rounds: number('rounds', rounds) } }),
  servers: { 'bench-server': [] },
  async measure (plan, { 'bench-server': server }) {
    const series = NAMES.map(name => ({ name, rounds: /** @type {Figures[]} */ ([]) }))
    /** @type {Record<string, string>} */ const versions = {}
    // A process of its own for each round: what one has once taken it hardly gives back, and a second would take less.
    for (let round = 0; round < plan.rounds; round++) {
      for (const { name, rounds } of series) {
        const { measured, versions: own } = await once(server, name, plan)
        rounds.push(measured)
        Object.assign(versions, own)
      }
    }
    return { versions, series }
  },
  tell: ({ versions, series }, { count, tokens, everyMs }) => ({
    versions,
    targets: targetsOf(series),
    texts: [seriesText(`${count} streams of ${tokens} tokens, one every ${everyMs} ms`, series, [
      ['CPU of the JavaScript thread, µs a token', figures => figures.threadMicros],
      ['CPU of the process, µs a token', figures => figures.processMicros],
      ['RSS, KB a stream', figures => figures.rssKilobytes],
      ['lag p50, ms', figures => figures.lagMillis.p50], ['lag p95, ms', figures => figures.lagMillis.p95],
      ['lag p99, ms', figures => figures.lagMillis.p99], ['lag at most, ms', figures => figures.lagMillis.most],
      ['JavaScript thread ready but without a CPU, %', figures => 100 * figures.waitShare],
      ['seconds', figures => figures.seconds], ['streams not whole', figures => figures.broken]
    ])]
  })
})

/**
 * @param {import('../side-by-side').Server} server
 * @param {string} name
 * @param {typeof plans.whole} plan
 */
function once (server, name, { count, tokens, everyMs }) {
  return sideBySide([name], place(server, 'plain'), { connections: count, read: 'text' }, async ([contender]) => {
    const { streams } = /** @type {import('../contender').Contender} */ (contender)
    const read = streams.bind(contender)
    // The code is hot and the connections are open before it counts.
    await read({ path: '/sse?tokens=20&every=10', count, tokens: 20 })
    return read({ path: `/sse?tokens=${tokens}&every=${everyMs}`, count, tokens })
  })
}

/**
 * @param {Series[]} series
 * @returns {import('../report/targets').Target[]}
 */
function targetsOf (series) {
  const ours = series[0]?.rounds ?? []
  const lag = spread(ours.map(figures => figures.lagMillis.p50))
  return [
    ratioTarget("CPU of the JavaScript thread a token, of fetch's", series, figures => figures.threadMicros, '≤', 0.5),
    ratioTarget("RSS a stream, of fetch's", series, figures => figures.rssKilobytes, '≤', 0.5),
    { what: 'median lag of a token, ms', sense: '≤', bound: 5, measured: lag.median, spread: `${figure(lag.least)}–${figure(lag.most)}` },
    { what: 'streams that were not whole and in order', sense: '≤', bound: 0, measured: Math.max(...ours.map(figures => figures.broken)) }
  ]
}
