'use strict'

const { TRAFFIC, traffic } = require('../crossing/traffic')
const { spread, withSpread } = require('../report/numbers')
const { rate, ratioTarget, seriesText, thread } = require('../report/series')
const { table } = require('../report/table')
const { place, sideBySide } = require('../side-by-side')
const { study } = require('../study')

const OURS = 'http.Agent, pooled'
const NAMES = [OURS, 'http.Agent']
const IN_FLIGHT = 50

const plans = {
  whole: { traffic: { rounds: 9, seconds: 2, warmSeconds: 3 }, transfers: { rounds: 7, bytes: 2 ** 30 } },
  quick: { traffic: { rounds: 2, seconds: 0.5, warmSeconds: 1 }, transfers: { rounds: 2, bytes: 2 ** 26 } }
}

/** `http.request` through the agent of a pool beside Node's own with keepAlive and equal limits. */
module.exports = study({
  name: 'agent',
  plans,
  servers: { 'bench-server': [] },
  async measure (plan, { 'bench-server': server }) {
    const measured = []
    for (const [way, named] of /** @type {const} */ ([['plain', 'in clear'], ['tls', 'over TLS']])) {
      const { many, one } = await traffic(server, plan.traffic, NAMES, way)
      measured.push({ name: `${IN_FLIGHT} in flight, ${named}`, series: many }, { name: `one in flight, ${named}`, series: one })
    }
    return { measured, transfers: await transferred(server, plan.transfers) }
  },
  tell: ({ measured, transfers }) => ({
    targets: [...measured.flatMap(trafficTargets), ...transferTargets(transfers)],
    texts: [...measured.map(({ name, series }) => seriesText(name, series, TRAFFIC)), transferText(transfers)]
  })
})

/**
 * A large body each way, over TLS.
 * @param {import('../side-by-side').Server} server
 * @param {typeof plans.whole.transfers} plan
 */
async function transferred (server, { rounds, bytes }) {
  const ways = [
    { way: /** @type {const} */ ('upload'), path: '/sink', bytes },
    { way: /** @type {const} */ ('download'), path: `/bytes?n=${bytes}`, bytes }
  ]
  const { measured } = await sideBySide(NAMES, place(server, 'tls'), { connections: IN_FLIGHT }, async contenders => {
    const all = ways.map(transfer => ({ ...transfer, series: NAMES.map(name => ({ name, rounds: /** @type {number[]} */ ([]) })) }))
    for (let round = 0; round < rounds; round++) {
      for (const transfer of all) {
        for (const [i, contender] of contenders.entries()) {
          transfer.series[i]?.rounds.push(bytes / 2 ** 20 / (await contender.transfer(transfer)).seconds)
        }
      }
    }
    return all
  })
  return measured
}

/** @param {{ name: string, series: import('../crossing/traffic').Both }} measured */
function trafficTargets ({ name, series }) {
  if (name.startsWith('one')) return [ratioTarget(`${name}: p50, of Node's`, series, round => round.latencyMicros.p50, '≤', 1.1)]
  return [
    ratioTarget(`${name}: requests/s, of Node's`, series, rate, '≥', 1.8),
    ratioTarget(`${name}: CPU of the JavaScript thread, of Node's`, series, thread, '≤', 0.5)
  ]
}

/** @param {Awaited<ReturnType<typeof transferred>>} transfers */
function transferTargets (transfers) {
  return transfers.map(({ way, bytes, series }) =>
    ratioTarget(`${way} of ${bytes / 2 ** 20} MiB over TLS: speed, of Node's`, series, speed => speed, '≥', 1.2))
}

/** @param {Awaited<ReturnType<typeof transferred>>} transfers */
function transferText (transfers) {
  const rows = transfers.map(({ way, series }) => [way, ...series.map(({ rounds }) => withSpread(spread(rounds)))])
  return 'Large bodies over TLS, MiB/s\n' + table(['', ...NAMES], rows)
}
