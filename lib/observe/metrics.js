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
 * @param {any[]} standing
 * @param {string} scheme
 */
function agent (standing, scheme) {
  const figures = { active: 0, idle: 0, pending: 0, total: 0 }
  for (const origin of standing) {
    if (origin.scheme !== scheme) continue
    figures.active += origin.active
    figures.idle += origin.idle
    figures.pending += origin.waiting
    figures.total += origin.active + origin.idle
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

/** @param {any} raw */
function origins (raw) {
  /** @type {Record<string, any>} */
  const origins = {}
  for (const { name, counters, stages } of raw.origins) {
    origins[name] = { ...requests(counters), responseTime: percentiles(stages.total), phases: stages, active: 0, idle: 0, pending: 0, total: 0, oldestWaitMs: 0 }
  }
  for (const { name, active, idle, waiting, oldestWaitMs } of raw.standing) {
    origins[name] = { ...origins[name], active, idle, pending: waiting, total: active + idle, oldestWaitMs }
  }
  return origins
}

/**
 * The engine's figures in the shape that users see. All times in ms.
 * @param {any} raw
 * @param {any} config
 */
function metrics (raw, config) {
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
    origins: origins(raw),
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

module.exports = { metrics, status }
