'use strict'

const { spread, withSpread } = require('../report/numbers')
const { rate, ratioTarget, seriesText, thread } = require('../report/series')
const { TRAFFIC } = require('../crossing/traffic')
const { table } = require('../report/table')
const { interleaved } = require('../rounds')
const { place, sideBySide } = require('../side-by-side')
const { study } = require('../study')

const NAMES = ['rag-connection-pool', 'undici']
const IN_FLIGHT = 50
const TIMED_EVERY = 10
const BODY = 2 ** 24

const plans = {
  whole: { traffic: { rounds: 5, seconds: 2, warmSeconds: 3 }, bodies: { rounds: 3, count: 64 } },
  quick: { traffic: { rounds: 2, seconds: 0.5, warmSeconds: 1 }, bodies: { rounds: 2, count: 4 } }
}

/** `pool.request` over TLS and HTTP/1.1 beside undici's: small replies, and large bodies. */
module.exports = study({
  name: 'tls',
  plans,
  servers: { 'bench-server': [] },
  async measure (plan, { 'bench-server': server }) {
    const { rounds, seconds, warmSeconds } = plan.traffic
    const load = { path: '/json', seconds, leadInMs: 200, lanes: IN_FLIGHT, timedEvery: TIMED_EVERY }
    const { versions, measured } = await sideBySide(NAMES, place(server, 'tls'), { connections: IN_FLIGHT }, async contenders => ({
      series: await interleaved(contenders, server, { rounds, warmSeconds, load }),
      bodies: await carried(contenders, plan.bodies)
    }))
    return { versions, ...measured }
  },
  tell: ({ versions, series, bodies }) => ({
    versions,
    targets: [
      ratioTarget("50 in flight: requests/s, of undici's", series, rate, '≥', 1.8),
      ratioTarget("50 in flight: CPU of the JavaScript thread, of undici's", series, thread, '≤', 0.15),
      ...bodies.map(({ way, series }) => ratioTarget(`bodies of 16 MiB, ${way}: speed, of undici's`, series, speed => speed, '≥', 1.2))
    ],
    texts: [
      seriesText('Small replies over TLS, 50 in flight', series, TRAFFIC),
      'Bodies of 16 MiB over TLS, MiB/s\n' + table(['', ...NAMES], bodies.map(({ way, series }) => [way, ...series.map(({ rounds }) => withSpread(spread(rounds)))]))
    ]
  })
})

/**
 * Bodies of 16 MiB, one after the other, each way.
 * @param {import('../contender').Contender[]} contenders
 * @param {typeof plans.whole.bodies} plan
 */
async function carried (contenders, { rounds, count }) {
  const ways = [
    { way: /** @type {const} */ ('download'), path: `/bytes?n=${BODY}`, bytes: BODY },
    { way: /** @type {const} */ ('upload'), path: '/sink', bytes: BODY }
  ]
  const all = ways.map(transfer => ({ ...transfer, series: contenders.map(({ name }) => ({ name, rounds: /** @type {number[]} */ ([]) })) }))
  for (let round = 0; round < rounds; round++) {
    for (const transfer of all) {
      for (const [i, contender] of contenders.entries()) {
        let seconds = 0
        for (let body = 0; body < count; body++) seconds += (await contender.transfer(transfer)).seconds
        transfer.series[i]?.rounds.push(count * BODY / 2 ** 20 / seconds)
      }
    }
  }
  return all
}
