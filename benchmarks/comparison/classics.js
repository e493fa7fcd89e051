'use strict'

const { ConnectionPoolManager } = require('../..')
const { figure, ratio } = require('../report/numbers')
const { relayed } = require('../relay')
const { place, settingOf, sideBySide } = require('../side-by-side')
const { OURS } = require('./peers')

const RELAYS_MS = [15, 60]
const IN_FLIGHT = 50
const REPLY_MS = { least: 10, most: 30 }

/** @typedef {import('../side-by-side').Server} Server */
/** @typedef {import('./plans').Plan['classics']} Plan */

/**
 * What the replaced module was judged by, and what it reached.
 * @typedef {import('../report/targets').Target & { replaced: string }} Classic
 */

/**
 * @param {Server} server
 * @param {Plan} plan
 * @returns {Promise<Classic[]>}
 */
async function classics (server, plan) {
  const latencies = []
  for (const way of /** @type {const} */ (['plain', 'tls'])) latencies.push(await latency('on loopback', way, place(server, way), plan))
  // Together: they do nothing but wait.
  latencies.push(...await Promise.all(RELAYS_MS.flatMap(delayMs => /** @type {const} */ (['plain', 'tls']).map(way =>
    relayed(server, way, delayMs, where => latency(`through a relay of ${delayMs} ms`, way, where, plan))))))
  return [...latencies, ...await kept(server, plan), await concurrency(server, plan)]
}

/**
 * Requests one after the other, over connections that are kept and over new ones.
 * @param {string} how
 * @param {'plain' | 'tls'} way
 * @param {import('../side-by-side').Place} where
 * @param {Plan} plan
 * @returns {Promise<Classic>}
 */
async function latency (how, way, where, { rounds, count }) {
  const limits = { connections: 1 }
  const names = [OURS, `${OURS}, unpooled`]
  const { measured } = await sideBySide(names, where, limits, async contenders => {
    const sides = names.map(() => /** @type {number[]} */ ([]))
    const dial = (/** @type {import('../contender').Contender} */ contender) =>
      contender.dial(where.origin, settingOf(where, limits), { path: '/json', count, together: false })
    for (const contender of contenders) await dial(contender)
    for (let round = 0; round < rounds; round++) {
      for (const [i, contender] of contenders.entries()) sides[i]?.push((await dial(contender)).millis)
    }
    return sides
  })
  const [pooled = [], unpooled = []] = measured
  return {
    what: `latency ${how}, ${way === 'tls' ? 'TLS' : way}: pooled, of unpooled`, ...compared(ratio(pooled, unpooled)), sense: '≤', bound: 0.99, replaced: 'on loopback 1.037'
  }
}

/**
 * How many of the requests met a connection that was there, and whether the metrics say what the server saw.
 * @param {Server} server
 * @param {Plan} plan
 * @returns {Promise<Classic[]>}
 */
async function kept (server, { requests }) {
  const pool = poolOf()
  const { origin } = place(server, 'plain')
  await server.reset()
  let left = requests
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (left-- > 0) await (await pool.request(`${origin}/json`)).body.json()
  }))
  const seen = await server.stats()
  const told = pool.getMetrics()
  pool.destroy()
  return [
    { what: `reuse, % of ${figure(requests)} requests`, measured: 100 * (1 - seen.connections.accepted / requests), sense: '≥', bound: 99, replaced: '> 99; 100 of 100' },
    { what: 'metrics that are missing or say otherwise than the server', measured: wrong(told, requests, seen.connections.accepted).length, sense: '≤', bound: 0, replaced: 'complete' }
  ]
}

/**
 * @param {ReturnType<ConnectionPoolManager['getMetrics']>} told
 * @param {number} requests
 * @param {number} accepted connections, as the server counted them
 */
function wrong (told, requests, accepted) {
  /** @type {Record<string, boolean>} */
  const right = {
    totalRequests: told.totalRequests === requests,
    connectionsCreated: told.connectionsCreated === accepted,
    newConnections: told.newConnections === accepted,
    connectionReuse: told.connectionReuse === requests - accepted,
    connectionReuseRate: Math.abs(told.connectionReuseRate - 100 * (1 - accepted / requests)) < 0.1,
    errors: told.errors === 0,
    timeouts: told.timeouts === 0,
    peakPoolSize: told.peakPoolSize === accepted,
    responseTime: told.responseTime.p50 > 0 && told.responseTime.p99 >= told.responseTime.p50,
    phases: Object.values(told.phases).every(({ count }) => count > 0),
    origins: Object.keys(told.origins).length === 1
  }
  return Object.keys(right).filter(name => right[name] !== true)
}

/**
 * Replies that take their time: many at once, and one by one.
 * @param {Server} server
 * @param {Plan} plan
 * @returns {Promise<Classic>}
 */
async function concurrency (server, { repeats }) {
  const pool = poolOf()
  const { origin } = place(server, 'plain')
  const span = REPLY_MS.most - REPLY_MS.least + 1
  const call = async (/** @type {number} */ i) => { await (await pool.request(`${origin}/delay?ms=${REPLY_MS.least + i % span}`)).body.json() }
  const together = async () => { await Promise.all(Array.from({ length: IN_FLIGHT }, (_, i) => call(i))) }
  const apart = async () => { for (let i = 0; i < IN_FLIGHT; i++) await call(i) }
  await together()
  /** @type {number[][]} */ const times = [[], []]
  for (let round = 0; round < repeats; round++) {
    for (const [i, way] of [apart, together].entries()) {
      const began = performance.now()
      await way()
      times[i]?.push(performance.now() - began)
    }
  }
  pool.destroy()
  const [slow = [], fast = []] = times
  return { what: `${IN_FLIGHT} in flight, times as fast as one by one, replies after ${REPLY_MS.least}–${REPLY_MS.most} ms`, ...compared(ratio(slow, fast)), sense: '≥', bound: 10.04, replaced: '10.04' }
}

function poolOf () {
  return new ConnectionPoolManager({ maxSockets: IN_FLIGHT, maxSocketsPerHost: IN_FLIGHT, maxFreeSockets: IN_FLIGHT })
}

/** @param {import('../report/numbers').Spread} spread */
function compared ({ median, least, most }) {
  return { measured: median, spread: `${figure(least)}–${figure(most)}` }
}

module.exports = { classics, wrong }
