'use strict'

const { Contender } = require('../contender')
const { figure, spread } = require('../report/numbers')
const { COLUMNS, rate, ratioTarget, seriesText } = require('../report/series')
const { table } = require('../report/table')
const { interleaved } = require('../rounds')
const { place, settingOf, sideBySide } = require('../side-by-side')
const { study } = require('../study')

const NAMES = ['rag-connection-pool', 'undici', 'http2']
const IN_FLIGHT = 100
const TIMED_EVERY = 10
const STREAMS = 128
/** Far less than the second which a stream of the next batch would wait for one of the first to end. */
const JUMP_MS = 100

const plans = {
  whole: { rounds: 5, seconds: 2, warmSeconds: 3, tokens: 100 },
  quick: { rounds: 2, seconds: 0.5, warmSeconds: 1, tokens: 20 }
}

/** HTTP/2: a hundred requests on one connection, then streams of tokens over as many connections as they need. */
module.exports = study({
  name: 'h2',
  plans,
  servers: { 'bench-server': ['--max-streams', String(STREAMS)] },
  async measure ({ rounds, seconds, warmSeconds, tokens }, { 'bench-server': server }) {
    const load = { path: '/json', seconds, leadInMs: 200, lanes: IN_FLIGHT, timedEvery: TIMED_EVERY }
    const { versions, measured: series } = await sideBySide(NAMES, place(server, 'h2'), { connections: 1 },
      contenders => interleaved(contenders, server, { rounds, warmSeconds, load }))
    const streamed = []
    for (const count of [200, 1_000]) streamed.push({ count, ...await streams(server, count, tokens) })
    return { versions, series, streamed }
  },
  tell: ({ versions, series, streamed }) => ({
    versions,
    targets: [
      ratioTarget(`${IN_FLIGHT} in flight on one connection: requests/s, of the better one's`, besideBetter(series), rate, '≥', 2.5),
      ...streamed.flatMap(({ count, firstMillis, broken }) => [
        { what: `${count} streams: the greatest step in the time to the first token, ms`, measured: firstMillis.jump, sense: /** @type {const} */ ('≤'), bound: JUMP_MS },
        { what: `${count} streams: not whole and in order`, measured: broken, sense: /** @type {const} */ ('≤'), bound: 0 }
      ])
    ],
    texts: [
      seriesText(`${IN_FLIGHT} in flight on one connection`, series,
        [COLUMNS.rate, COLUMNS.thread, COLUMNS.process, COLUMNS.p50, COLUMNS.p99, COLUMNS.connections, COLUMNS.errors]),
      `Streams of tokens, ${STREAMS} a connection\n` + table(['streams', 'connections', 'first token p50, ms', 'at most', 'greatest step'],
        streamed.map(({ count, connections, firstMillis }) => [String(count), String(connections), figure(firstMillis.p50), figure(firstMillis.most), figure(firstMillis.jump)]))
    ]
  })
})

/**
 * Ours, and whoever of the others answered more.
 * @param {import('../crossing/traffic').Both} series ours first
 */
function besideBetter (series) {
  const [ours, ...others] = series
  const median = (/** @type {import('../crossing/traffic').Both[number]} */ one) => spread(one.rounds.map(rate)).median
  const better = others.reduce((best, one) => median(one) > median(best) ? one : best)
  return series.filter(one => one === ours || one === better)
}

/**
 * @param {import('../side-by-side').Server} server
 * @param {number} count
 * @param {number} tokens of each, one every 50 ms
 */
async function streams (server, count, tokens) {
  const contender = new Contender('fetch, pooled')
  const where = place(server, 'h2')
  await contender.open(where.origin, settingOf(where, { connections: 50, read: 'text', streams: STREAMS }))
  await contender.streams({ path: '/sse?tokens=5&every=10', count: 50, tokens: 5 })
  await server.reset()
  const figures = await contender.streams({ path: `/sse?tokens=${tokens}&every=50`, count, tokens })
  const { open } = (await server.stats()).connections
  await contender.close()
  return { ...figures, connections: open }
}
