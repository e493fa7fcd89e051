'use strict'

const { COLUMNS, rate, ratioTarget, thread, whole } = require('../report/series')
const { interleaved } = require('../rounds')
const { place, sideBySide } = require('../side-by-side')

const OURS = 'rag-connection-pool'
const THEIRS = 'undici'
const IN_FLIGHT = 50
const LEAD_IN_MS = 200
/** Timing a request costs as much as a tenth of what our own part in it does. */
const TIMED_EVERY = 10

/** What is told of a round. */
const TRAFFIC = Object.values(COLUMNS)

/** @typedef {import('../report/series').Series<import('../rounds').Round>[]} Both ours first */
/** @typedef {{ versions: Record<string, string>, many: Both, one: Both }} Traffic */

/**
 * Small replies, many in flight and then one.
 * @param {import('../side-by-side').Server} server
 * @param {{rounds: number, seconds: number, warmSeconds: number, read?: 'json' | 'text'}} plan
 * @param {string[]} [names] ours, and what stands beside it
 * @param {import('../side-by-side').Way} [way]
 * @returns {Promise<Traffic>}
 */
async function traffic (server, { rounds, seconds, warmSeconds, read = 'json' }, names = [OURS, THEIRS], way = 'plain') {
  const load = { path: '/json', seconds, leadInMs: LEAD_IN_MS }
  const { versions, measured } = await sideBySide(names, place(server, way), { connections: IN_FLIGHT, read }, async contenders => ({
    many: await interleaved(contenders, server, { rounds, warmSeconds, load: { ...load, lanes: IN_FLIGHT, timedEvery: TIMED_EVERY } }),
    one: await interleaved(contenders, server, { rounds, warmSeconds, load: { ...load, lanes: 1 } })
  }))
  return { versions, ...measured }
}

/**
 * @param {Traffic} results
 * @returns {import('../report/targets').Target[]}
 */
function trafficTargets ({ many, one }) {
  return [
    ratioTarget("50 in flight: CPU of the JavaScript thread, of undici's", many, thread, '≤', 0.25),
    ratioTarget("50 in flight: CPU of the process, of undici's", many, whole, '≤', 0.8),
    ratioTarget("50 in flight: requests/s, of undici's", many, rate, '≥', 1.5),
    ratioTarget("one in flight: p50, of undici's", one, round => round.latencyMicros.p50, '≤', 1.1)
  ]
}

module.exports = { TRAFFIC, traffic, trafficTargets }
