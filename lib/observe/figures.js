'use strict'

/**
 * The block of numbers in which the engine tells of a pool at one moment: flat, since a thousand origins take 75 ms as JSON
 * and one as numbers. Its order is that of `src/binding/metrics.rs`: the pool's connections, the pool's row, a row for each
 * measured origin, then what stands at each origin.
 * @typedef {{ measured: string, standing: string, numbers: Numbers }} Block
 */

/** @typedef {{ readonly [index: number]: any, readonly length: number }} Numbers each index that is read is within it */

/** Where the pool's row begins, and which number tells where what stands does. */
const POOL = 12
const STANDING_FROM = 11
const COUNTERS = 16
const STAGE = 6
const STANDING = 6
const STAGES = ['queue', 'dns', 'connect', 'tls', 'firstByte', 'firstEvent', 'total', 'deliveryLag']
const TOTAL = STAGES.indexOf('total')
const ROW = COUNTERS + STAGE * STAGES.length

/** An origin of which nothing was measured yet. */
const NOTHING = new Float64Array(ROW)

/**
 * The pool's connections.
 * @param {Block} block
 */
function connections ({ numbers }) {
  return { open: numbers[1], active: numbers[2], connecting: numbers[4], created: numbers[6], destroyed: numbers[7], detached: numbers[8], peak: numbers[9], oldestWaitMs: numbers[10] }
}

/**
 * What was measured over all origins.
 * @param {Block} block
 */
function whole ({ numbers }) {
  return measured(numbers, POOL)
}

/**
 * What the origins of either scheme come to together.
 * @param {Block} block
 */
function agents ({ numbers }) {
  const agents = { http: resting(), https: resting() }
  for (let at = numbers[STANDING_FROM]; at < numbers.length; at += STANDING) {
    stand(numbers[at] === 1 ? agents.https : agents.http, numbers, at)
  }
  return agents
}

/**
 * The figures of each origin.
 * @param {Block} block
 */
function origins ({ numbers, measured, standing }) {
  const here = standingAt(numbers, names(standing))
  /** @type {Record<string, ReturnType<typeof origin>>} */ const all = {}
  let at = POOL
  for (const name of names(measured)) all[name] = origin(numbers, at += ROW, here.get(name))
  for (const [name, now] of here) all[name] ??= origin(NOTHING, 0, now)
  return all
}

/**
 * @param {Numbers} numbers
 * @param {string[]} names
 */
function standingAt (numbers, names) {
  /** @type {Map<string, ReturnType<typeof waiting>>} */ const standing = new Map()
  let at = numbers[STANDING_FROM]
  for (const name of names) {
    let here = standing.get(name)
    // An origin comes once for each trust and each way that leads to it.
    if (here === undefined) standing.set(name, here = waiting())
    stand(here, numbers, at)
    here.connecting += numbers[at + 5]
    here.oldestWaitMs = Math.max(here.oldestWaitMs, numbers[at + 4])
    at += STANDING
  }
  return standing
}

function resting () {
  return { active: 0, idle: 0, pending: 0, total: 0 }
}

function waiting () {
  return { ...resting(), connecting: 0, oldestWaitMs: 0 }
}

/**
 * @param {ReturnType<typeof resting>} sum
 * @param {Numbers} numbers
 * @param {number} at
 */
function stand (sum, numbers, at) {
  const active = numbers[at + 1]
  const idle = numbers[at + 2]
  sum.active += active
  sum.idle += idle
  sum.pending += numbers[at + 3]
  sum.total += active + idle
}

/**
 * @param {Numbers} numbers
 * @param {number} at
 * @param {ReturnType<typeof waiting>} [here]
 */
function origin (numbers, at, here) {
  return { ...measured(numbers, at), ...(here ?? waiting()) }
}

/**
 * @param {Numbers} numbers
 * @param {number} at where the row begins
 */
function measured (numbers, at) {
  const cachedConnections = numbers[at + 2]
  const newConnections = numbers[at + 3]
  return {
    totalRequests: numbers[at],
    cachedConnections,
    newConnections,
    connectionReuse: cachedConnections,
    connectionReuseRate: perCent(cachedConnections, cachedConnections + newConnections),
    timeouts: numbers[at + 5],
    errors: numbers[at + 4],
    aborted: numbers[at + 6],
    resent: numbers[at + 8],
    leaked: numbers[at + 9],
    tlsHandshakes: numbers[at + 14],
    tlsResumed: numbers[at + 15],
    bytesIn: numbers[at + 10],
    bytesOut: numbers[at + 11],
    avgResponseTime: numbers[at + 13],
    totalResponseTime: numbers[at + 12],
    poolExhausted: numbers[at + 7],
    responseTime: percentiles(numbers, at + COUNTERS + STAGE * TOTAL),
    phases: phases(numbers, at + COUNTERS)
  }
}

/**
 * @param {Numbers} numbers
 * @param {number} at
 */
function percentiles (numbers, at) {
  return { avg: numbers[at + 1], p50: numbers[at + 2], p95: numbers[at + 3], p99: numbers[at + 4] }
}

/**
 * The stages in which something was recorded.
 * @param {Numbers} numbers
 * @param {number} at
 */
function phases (numbers, at) {
  /** @type {Record<string, ReturnType<typeof stage>>} */ const recorded = {}
  for (const name of STAGES) {
    if (numbers[at] !== 0) recorded[name] = stage(numbers, at)
    at += STAGE
  }
  return recorded
}

/**
 * @param {Numbers} numbers
 * @param {number} at
 */
function stage (numbers, at) {
  return { count: numbers[at], avg: numbers[at + 1], p50: numbers[at + 2], p95: numbers[at + 3], p99: numbers[at + 4], max: numbers[at + 5] }
}

/** @param {string} lines */
function names (lines) {
  return lines === '' ? [] : lines.split('\n')
}

/**
 * @param {number} part
 * @param {number} whole
 */
function perCent (part, whole) {
  return whole === 0 ? 0 : (part / whole) * 100
}

module.exports = { agents, connections, origins, perCent, whole }
