'use strict'

/**
 * @param {number} part
 * @param {number} whole
 */
function perCent (part, whole) {
  return whole === 0 ? 0 : (part / whole) * 100
}

/** @param {any} stage */
function percentiles (stage) {
  if (stage === undefined) return { avg: 0, p50: 0, p95: 0, p99: 0 }
  const { avg, p50, p95, p99 } = stage
  return { avg, p50, p95, p99 }
}

/**
 * An origin with connections or waiters, as it crosses.
 * @typedef {[name: string, scheme: string, active: number, idle: number, waiting: number, oldestWaitMs: number]} Standing
 */

/**
 * @param {Standing[]} standing
 * @param {string} wanted
 */
function agent (standing, wanted) {
  const figures = { active: 0, idle: 0, pending: 0, total: 0 }
  for (const [, scheme, active, idle, waiting] of standing) {
    if (scheme !== wanted) continue
    figures.active += active
    figures.idle += idle
    figures.pending += waiting
    figures.total += active + idle
  }
  return figures
}

/** @param {any} counters */
function requests (counters) {
  const carried = counters.cachedConnections + counters.newConnections
  return {
    totalRequests: counters.totalRequests,
    cachedConnections: counters.cachedConnections,
    newConnections: counters.newConnections,
    connectionReuse: counters.cachedConnections,
    connectionReuseRate: perCent(counters.cachedConnections, carried),
    timeouts: counters.timeouts,
    errors: counters.errors,
    aborted: counters.aborted,
    resent: counters.resent,
    leaked: counters.leaked,
    bytesIn: counters.bytesIn,
    bytesOut: counters.bytesOut,
    avgResponseTime: counters.avgResponseTime,
    totalResponseTime: counters.totalResponseTime,
    poolExhausted: counters.poolExhausted
  }
}

/**
 * A pool's figures. What is known of an origin holds until the engine tells of a change, so that a thousand origins cost
 * next to nothing while they rest. The same figures are handed out again, and so are frozen.
 */
class Figures {
  #epoch = 0
  #uses = 0
  /** What was measured. @type {Map<string, any>} */ #measured = new Map()
  /** With where they stand, those that have connections or waiters. @type {Map<string, { measured: any, figures: any }>} */ #standing = new Map()

  /**
   * Takes in what the engine tells.
   * @param {(epoch: number, uses: number) => any} ask
   * @returns {any} null once the pool is gone
   */
  read (ask) {
    const raw = ask(this.#epoch, this.#uses)
    if (raw === null) return null
    if (raw.epoch !== this.#epoch) this.#measured.clear()
    this.#epoch = raw.epoch
    this.#uses = raw.uses
    for (const { name, counters, stages } of raw.origins) {
      Object.values(stages).forEach(Object.freeze)
      const responseTime = Object.freeze(percentiles(stages.total))
      this.#measured.set(name, Object.freeze({ ...requests(counters), responseTime, phases: Object.freeze(stages), ...RESTING }))
    }
    return raw
  }

  /** @param {Standing[]} standing */
  origins (standing) {
    const origins = Object.fromEntries(this.#measured)
    const before = this.#standing
    this.#standing = new Map()
    for (const now of standing) {
      const [name] = now
      const measured = this.#measured.get(name)
      const known = before.get(name)
      const entry = known !== undefined && known.measured === measured && stands(known.figures, now) ? known : { measured, figures: standingAt(measured, now) }
      this.#standing.set(name, entry)
      origins[name] = entry.figures
    }
    return origins
  }
}

/** An origin of which nothing was measured yet. */
const NOTHING = Object.freeze({
  ...requests({
    totalRequests: 0,
    cachedConnections: 0,
    newConnections: 0,
    timeouts: 0,
    errors: 0,
    aborted: 0,
    resent: 0,
    leaked: 0,
    bytesIn: 0,
    bytesOut: 0,
    avgResponseTime: 0,
    totalResponseTime: 0,
    poolExhausted: 0
  }),
  responseTime: Object.freeze(percentiles(undefined)),
  phases: Object.freeze({})
})

const RESTING = { active: 0, idle: 0, pending: 0, total: 0, oldestWaitMs: 0 }

/**
 * @param {any} figures
 * @param {Standing} now
 */
function stands (figures, [, , active, idle, pending, oldestWaitMs]) {
  return figures.active === active && figures.idle === idle && figures.pending === pending && figures.oldestWaitMs === oldestWaitMs
}

/**
 * @param {any} measured undefined of an origin of which nothing settled yet
 * @param {Standing} now
 */
function standingAt (measured, [, , active, idle, pending, oldestWaitMs]) {
  return Object.freeze({ ...(measured ?? NOTHING), active, idle, pending, total: active + idle, oldestWaitMs })
}

/**
 * The engine's figures in the shape that users see. All times in ms.
 * @param {any} raw
 * @param {any} config
 * @param {Figures} figures that have read it
 */
function metrics (raw, config, figures) {
  const { stats, counters, stages } = raw
  return {
    ...requests(counters),
    connectionsCreated: stats.created,
    connectionsDestroyed: stats.destroyed,
    detached: stats.detached,
    currentPoolSize: stats.open,
    peakPoolSize: stats.peak,
    poolUtilization: perCent(stats.active, config.maxSockets),
    responseTime: percentiles(stages.total),
    phases: stages,
    agents: { http: agent(raw.standing, 'http'), https: agent(raw.standing, 'https') },
    origins: figures.origins(raw.standing),
    oldestWaitMs: raw.oldestWaitMs,
    config: {
      maxSockets: config.maxSockets,
      maxSocketsPerHost: config.maxSocketsPerHost,
      maxFreeSockets: config.maxFreeSockets,
      timeout: config.timeout
    }
  }
}

/** Below this share of its connections in use, in per cent, a pool is healthy. */
const HEALTHY_BELOW = 90

/** @param {ReturnType<typeof metrics>} figures */
function status (figures) {
  const { http, https } = figures.agents
  return {
    healthy: figures.poolUtilization < HEALTHY_BELOW,
    utilization: figures.poolUtilization,
    activeConnections: http.active + https.active,
    maxConnections: figures.config.maxSockets,
    connectionReuse: figures.connectionReuseRate,
    avgResponseTime: figures.avgResponseTime,
    errors: figures.errors,
    timeouts: figures.timeouts
  }
}

module.exports = { HEALTHY_BELOW, Figures, metrics, status }
