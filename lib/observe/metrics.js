'use strict'

const { agents, connections, origins, perCent, whole } = require('./figures')

/** A pool's figures, and how it ended. */
class Figures {
  /** @type {(origins: boolean) => import('./figures').Block | null} */ #ask
  #config
  /** @type {import('./figures').Block} */ #last

  /**
   * @param {(origins: boolean) => import('./figures').Block | null} ask for a block, with or without origins; null once the
   * engine has forgotten the pool, some time after `destroy`, or with its ring
   * @param {any} config
   */
  constructor (ask, config) {
    this.#ask = ask
    this.#config = config
    this.#last = /** @type {import('./figures').Block} A pool that was just opened is known. */ (ask(true))
  }

  all () {
    this.keep()
    return metrics(this.#last, this.#config)
  }

  totals () {
    return totals(this.#ask(false) ?? this.#last, this.#config)
  }

  /** Keeps what is known now, for when the engine has forgotten it. */
  keep () {
    this.#last = this.#ask(true) ?? this.#last
  }
}

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
    connecting: pool.connecting,
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

/**
 * The figures of the pool as a whole, for who needs no origin's.
 * @param {import('./figures').Block} block one without origins will do
 * @param {any} config
 */
function totals (block, config) {
  const { active } = connections(block)
  return { ...whole(block), active, utilization: perCent(active, config.maxSockets) }
}

/**
 * @param {ReturnType<typeof totals>} figures
 * @param {any} config
 */
function status ({ utilization, active, connectionReuseRate, avgResponseTime, errors, timeouts }, config) {
  return {
    healthy: utilization < HEALTHY_BELOW,
    utilization,
    activeConnections: active,
    maxConnections: config.maxSockets,
    connectionReuse: connectionReuseRate,
    avgResponseTime,
    errors,
    timeouts
  }
}

module.exports = { Figures, HEALTHY_BELOW, status }
