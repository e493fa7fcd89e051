'use strict'

const { setTimeout: sleep } = require('node:timers/promises')
const { ConnectionPoolManager } = require('../../..')
const { launch } = require('../../servers/launch')

const SIZES = { small: { rounds: 3, requests: 1000 }, full: { rounds: 10, requests: 3000 } }
/** Streams that stand still: more than a connection's window would hold if it were no wider than a few streams'. */
const SLOW = 20
/** Neighbours at a time. */
const LANES = 5
/**
 * Of the median beside slow streams over the one without. A connection that one of them holds up delays the others until it
 * ends: that is no factor, but for ever. What is below is the work that the slow ones make and the machine's own.
 * Bodies of 1 MB share the connection's bytes with the slow ones, and have more noise of their own.
 */
const MOST = {
  small: { p50: { ratio: 2, noiseMs: 1 }, p99: { ratio: 3, noiseMs: 10 } },
  large: { p50: { ratio: 2, noiseMs: 5 }, p99: { ratio: 3, noiseMs: 50 } }
}
/** Bytes are what replies of 1 MB cost: fewer will do. */
const FEWER = 20

/** @type {readonly { name: string, protocol: 'http' | 'https', path: string, options: object }[]} */
const CASES = [
  { name: 'HTTP/1, small replies', protocol: 'http', path: '/json', options: {} },
  { name: 'HTTP/1, replies of 1 MB', protocol: 'http', path: '/bytes?n=1000000', options: {} },
  { name: 'HTTP/2, the same connection, small replies', protocol: 'https', path: '/json', options: { maxSocketsPerHost: 1 } },
  { name: 'HTTP/2, the same connection, replies of 1 MB', protocol: 'https', path: '/bytes?n=1000000', options: { maxSocketsPerHost: 1 } }
]

/**
 * Whether streams that hardly anybody reads delay those beside them.
 * @param {{ size: 'small' | 'full' }} plan
 */
async function run ({ size }) {
  const bench = await launch('bench-server')
  const tally = { passed: 0, failed: 0 }
  console.log(`latency of ${LANES} neighbours at a time, ms: without, and beside ${SLOW} streams of which half are read at 100 KB/s and half not at all`)
  for (const { name, protocol, path, options } of CASES) {
    const pool = new ConnectionPoolManager({ maxSocketsPerHost: SLOW + LANES, tls: { ca: [bench.ca] }, ...options })
    const origin = `${protocol}://127.0.0.1:${bench[protocol]}`
    const { without, beside } = await compared(pool, origin, path, { rounds: SIZES[size].rounds, requests: SIZES[size].requests / (path === '/json' ? 1 : FEWER) })
    const connections = pool.getMetrics().currentPoolSize
    pool.destroy()
    const isGood = isUndelayed(without, beside, MOST[path === '/json' ? 'small' : 'large'])
    tally[isGood ? 'passed' : 'failed']++
    console.log(`${isGood ? '✓' : '✗'} ${name}: p50 ${without.p50.toFixed(2)} and ${beside.p50.toFixed(2)}, p99 ${without.p99.toFixed(2)} and ${beside.p99.toFixed(2)} (${connections} connections)`)
  }
  await bench.stop()
  return tally
}

/**
 * Whether those beside slow streams are as fast as those without, as far as that can be told.
 * @param {Quantiles} without
 * @param {Quantiles} beside
 * @param {typeof MOST.small} most
 */
function isUndelayed (without, beside, most) {
  const names = /** @type {const} */ (['p50', 'p99'])
  return names.every(name => beside[name] <= without[name] * most[name].ratio + most[name].noiseMs)
}

/**
 * In turns, so that what the machine does otherwise befalls both.
 * @param {ConnectionPoolManager} pool
 * @param {string} origin
 * @param {string} path
 * @param {{ rounds: number, requests: number }} plan
 */
async function compared (pool, origin, path, { rounds, requests }) {
  const times = { without: /** @type {number[]} */ ([]), beside: /** @type {number[]} */ ([]) }
  await measured(pool, origin + path, requests)
  for (let round = 0; round < rounds; round++) {
    times.without.push(...await measured(pool, origin + path, requests))
    const slow = await Promise.all(Array.from({ length: SLOW }, (_, i) => slowStream(pool, origin, i % 2 === 0)))
    times.beside.push(...await measured(pool, origin + path, requests))
    await Promise.all(slow.map(end => end()))
  }
  return { without: quantiles(times.without), beside: quantiles(times.beside) }
}

/**
 * A large body that is read slowly, or not at all.
 * @param {ConnectionPoolManager} pool
 * @param {string} origin
 * @param {boolean} isRead
 * @returns {Promise<() => Promise<void>>} ends it
 */
async function slowStream (pool, origin, isRead) {
  const { body } = await pool.request(`${origin}/bytes?n=${2 ** 32}`)
  let going = isRead
  const reading = async () => {
    for await (const chunk of body) {
      await sleep(chunk.length / 100)
      if (!going) return
    }
  }
  const read = isRead ? reading() : Promise.resolve()
  // Until it has filled what may be ahead of its consumer.
  await sleep(50)
  return async () => {
    going = false
    body.destroy()
    await read.catch(() => {})
  }
}

/**
 * @param {ConnectionPoolManager} pool
 * @param {string} url
 * @param {number} requests
 */
async function measured (pool, url, requests) {
  const times = /** @type {number[]} */ ([])
  const lane = async () => {
    for (let i = 0; i < requests / LANES; i++) {
      const begun = performance.now()
      const { body } = await pool.request(url)
      await body.bytes()
      times.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return times
}

/**
 * @typedef {{ p50: number, p99: number }} Quantiles in ms
 * @param {number[]} times
 * @returns {Quantiles}
 */
function quantiles (times) {
  const sorted = times.sort((a, b) => a - b)
  const at = (/** @type {number} */ share) => sorted[Math.floor(share * (sorted.length - 1))]
  return { p50: at(0.5), p99: at(0.99) }
}

module.exports = { MOST, isUndelayed, run }
