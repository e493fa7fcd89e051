'use strict'

const http = require('node:http')
const { once } = require('node:events')
const { performance } = require('node:perf_hooks')
const { launch } = require('../../__tests__/servers/launch')
const { ConnectionPoolManager } = require('../..')
const { traffic, trafficTargets, trafficText } = require('../crossing/traffic')
const { machine, machineText } = require('../report/machine')
const { figure, ratio, spread, withSpread } = require('../report/numbers')
const { save } = require('../report/save')
const { isReached, targetTable } = require('../report/targets')

const ORIGINS = 1_000
const SNAPSHOTS = 200
const VISITS = 10
const SNAPSHOT_EVERY_MS = 20
const IN_FLIGHT = 50
const WHOLE = { traffic: { rounds: 5, seconds: 2, warmSeconds: 4, read: /** @type {const} */ ('json') }, beside: { rounds: 5, seconds: 2 } }
/** Enough to see whether everything works, too little to judge by. */
const QUICK = { traffic: { rounds: 2, seconds: 0.5, warmSeconds: 1, read: /** @type {const} */ ('json') }, beside: { rounds: 2, seconds: 0.5 } }

const usage = '[--quick]'
const options = /** @type {const} */ ({ quick: { type: 'boolean', default: false } })

/**
 * What it costs to be told: a listener on each event, and the metrics of a pool that has met a thousand origins.
 * @param {{ quick: boolean }} given
 */
async function run ({ quick }) {
  const plan = quick ? QUICK : WHOLE
  const where = machine()
  const server = await launch('bench-server')
  try {
    const listened = await traffic(server, plan.traffic, 'rag-connection-pool, listening')
    const asked = await snapshots(server, plan.beside)
    tell(where, listened, asked, quick)
  } finally {
    await server.stop()
  }
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

/**
 * @param {ReturnType<typeof machine>} where
 * @param {Awaited<ReturnType<typeof traffic>>} listened
 * @param {Awaited<ReturnType<typeof snapshots>>} asked
 * @param {boolean} quick
 */
function tell (where, listened, asked, quick) {
  const took = spread(asked.millis)
  const afterAll = spread(asked.changed)
  const kept = ratio(asked.during, asked.without)
  /** @type {import('../report/targets').Target[]} */
  const targets = [
    ...trafficTargets(listened).map(target => ({ ...target, what: `a listener on each event: ${target.what}` })),
    { what: `getMetrics() with ${asked.origins} origins, ms`, measured: took.median, sense: '≤', bound: 5, spread: `${figure(took.least)}–${figure(took.most)}` },
    { what: 'the same when all of them have changed, ms', measured: afterAll.median, sense: '≤', bound: 5, spread: `${figure(afterAll.least)}–${figure(afterAll.most)}` }
  ]
  const texts = [machineText(where, listened.versions)]
  if (quick) texts.push('A quick run: shorter than the targets are meant for.\n')
  texts.push(targetTable(targets), trafficText('A listener on each event, 50 in flight', listened.many))
  texts.push(`Traffic while getMetrics() is called each ${SNAPSHOT_EVERY_MS} ms: ${figure(kept.median)} of what it is without\n` +
    `  with ${withSpread(spread(asked.during))}, without ${withSpread(spread(asked.without))} requests/s\n`)
  texts.push(`Its \`origins\`, made when they are read: ${withSpread(spread(asked.read))} ms with ${asked.origins} of them\n`)
  const judged = targets.map(target => ({ ...target, reached: isReached(target) }))
  const file = save('metrics', { quick, machine: where, targets: judged, listened, asked })
  process.stdout.write(`${texts.join('\n')}\nAll figures: ${file}\n`)
}

module.exports = { options, usage, run }
