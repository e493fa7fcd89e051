'use strict'

const http = require('node:http')
const { once } = require('node:events')
const { performance } = require('node:perf_hooks')
const { ConnectionPoolManager } = require('../..')
const { TRAFFIC, traffic, trafficTargets } = require('../crossing/traffic')
const { figure, ratio, spread, withSpread } = require('../report/numbers')
const { seriesText } = require('../report/series')
const { study } = require('../study')

const ORIGINS = 1_000
const SNAPSHOTS = 200
const VISITS = 10
const SNAPSHOT_EVERY_MS = 20
const IN_FLIGHT = 50

/** What it costs to be told: a listener on each event, and the metrics of a pool that has met a thousand origins. */
module.exports = study({
  name: 'metrics',
  plans: {
    whole: { traffic: { rounds: 5, seconds: 2, warmSeconds: 4 }, beside: { rounds: 5, seconds: 2 } },
    quick: { traffic: { rounds: 2, seconds: 0.5, warmSeconds: 1 }, beside: { rounds: 2, seconds: 0.5 } }
  },
  servers: { 'bench-server': [] },
  measure: async (plan, { 'bench-server': server }) => ({
    listened: await traffic(server, plan.traffic, ['rag-connection-pool, listening', 'undici']),
    asked: await snapshots(server, plan.beside)
  }),
  tell: ({ listened, asked }) => ({
    versions: listened.versions,
    targets: [
      ...trafficTargets(listened).map(target => ({ ...target, what: `a listener on each event: ${target.what}` })),
      milliseconds(`getMetrics() with ${asked.origins} origins, ms`, asked.millis),
      milliseconds('the same when all of them have changed, ms', asked.changed)
    ],
    texts: [
      seriesText('A listener on each event, 50 in flight', listened.many, TRAFFIC),
      `Traffic while getMetrics() is called each ${SNAPSHOT_EVERY_MS} ms: ${figure(ratio(asked.during, asked.without).median)} of what it is without\n` +
        `  with ${withSpread(spread(asked.during))}, without ${withSpread(spread(asked.without))} requests/s\n`,
      `Its \`origins\`, made when they are read: ${withSpread(spread(asked.read))} ms with ${asked.origins} of them\n`
    ]
  })
})

/**
 * @param {string} what
 * @param {number[]} values
 * @returns {import('../report/targets').Target}
 */
function milliseconds (what, values) {
  const { median, least, most } = spread(values)
  return { what, measured: median, sense: '≤', bound: 5, spread: `${figure(least)}–${figure(most)}` }
}

/**
 * Times `getMetrics()` of a pool with a connection to each of a thousand origins, and what traffic loses by it.
 * @param {import('../../__tests__/servers/launch').Server} server
 * @param {{ rounds: number, seconds: number }} plan
 */
async function snapshots (server, { rounds, seconds }) {
  const pool = new ConnectionPoolManager({ maxSockets: ORIGINS + IN_FLIGHT, maxSocketsPerHost: IN_FLIGHT, maxFreeSockets: ORIGINS + IN_FLIGHT, freeSocketTimeout: 600_000, metricsInterval: 0 })
  const many = await manyHosts()
  /** @type {number[]} */ const changed = []
  for (let visit = 0; visit < VISITS; visit++) {
    await visitAll(pool, many)
    changed.push(timed(() => pool.getMetrics()))
  }
  const millis = Array.from({ length: SNAPSHOTS }, () => timed(() => pool.getMetrics()))
  const origins = Object.keys(pool.getMetrics().origins).length
  const read = Array.from({ length: VISITS }, () => timed(() => pool.getMetrics().origins))
  const url = `http://127.0.0.1:${server.http}/json`
  await perSecond(pool, url, seconds)
  /** @type {number[]} */ const without = []
  /** @type {number[]} */ const during = []
  for (let round = 0; round < rounds; round++) {
    without.push(await perSecond(pool, url, seconds))
    const timer = setInterval(() => pool.getMetrics(), SNAPSHOT_EVERY_MS)
    during.push(await perSecond(pool, url, seconds))
    clearInterval(timer)
  }
  pool.destroy()
  many.closeAllConnections()
  many.close()
  return { origins, changed, millis, read, during, without }
}

/**
 * @param {() => unknown} call
 * @returns {number} ms
 */
function timed (call) {
  const begun = performance.now()
  call()
  return performance.now() - begun
}

/** One server under a thousand addresses. */
async function manyHosts () {
  const many = http.createServer((_, reply) => reply.end('x')).listen(0, '0.0.0.0')
  many.keepAliveTimeout = 600_000
  await once(many, 'listening')
  return many
}

/**
 * A request to each of the thousand.
 * @param {ConnectionPoolManager} pool
 * @param {http.Server} many
 */
async function visitAll (pool, many) {
  const { port } = /** @type {import('node:net').AddressInfo} */ (many.address())
  for (let origin = 0; origin < ORIGINS; origin++) {
    const { body } = await pool.request(`http://127.1.${origin >> 8}.${origin & 255}:${port}/`)
    await body.text()
  }
}

/**
 * @param {ConnectionPoolManager} pool
 * @param {string} url
 * @param {number} seconds
 */
async function perSecond (pool, url, seconds) {
  const begun = performance.now()
  const end = begun + seconds * 1000
  let count = 0
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (performance.now() < end) {
      const { body } = await pool.request(url)
      await body.json()
      count++
    }
  }))
  return count / ((performance.now() - begun) / 1000)
}
