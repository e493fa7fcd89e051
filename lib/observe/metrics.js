'use strict'

const { agents, connections, origins, perCent, whole } = require('./figures')

/**
 * The engine's figures in the shape that users see. All times in ms.
 * @param {import('./figures').Block} block
 * @param {any} config
 */
function metrics (block, config) {
  const pool = connections(block)
  /** @type {ReturnType<typeof origins> | undefined} */ let byOrigin
  return {
    ...whole(block),
    connectionsCreated: pool.created,
    connectionsDestroyed: pool.destroyed,
    detached: pool.detached,
    currentPoolSize: pool.open,
    peakPoolSize: pool.peak,
    poolUtilization: perCent(pool.active, config.maxSockets),
    agents: agents(block),
    /** Made when touched, of the same moment: a thousand origins are a megabyte of objects. */
    get origins () {
      byOrigin ??= origins(block)
      return byOrigin
    },
    oldestWaitMs: pool.oldestWaitMs,
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

module.exports = { HEALTHY_BELOW, metrics, status }
