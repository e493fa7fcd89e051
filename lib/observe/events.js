'use strict'

const { debugLine } = require('./debug')

/** The engine's events and their bits in the mask; `dispatch::mask` holds the same. */
const BITS = Object.freeze(/** @type {Record<string, number>} */ ({
  connection_created: 1,
  connection_freed: 2,
  connection_removed: 4,
  request_completed: 8,
  pool_exhausted: 16,
  high_utilization: 32,
  high_error_rate: 64
}))
const NAMES = new Map(Object.entries(BITS).map(([name, bit]) => [bit, name]))

/** What a line is printed of under `RAG_POOL_DEBUG=1`. */
const DEBUGGED = 1 | 2 | 4 | 16

/**
 * A pool, as far as telling of it goes.
 * @typedef {import('node:events').EventEmitter & { config: any }} Told
 */

/**
 * @typedef {object} Engine
 * @property {(mask: number, ear: PoolEvents) => void} listen says who listens to what
 * @property {() => number} errors that were counted so far
 */

/**
 * The events of one pool. The engine is told what is listened to, so that an event without a listener is not even made;
 * what it tells comes with everything else that is delivered, and runs in no caller's async context.
 */
class PoolEvents {
  /** @type {Told} */ #pool
  /** @type {Engine} */ #engine
  #mask = 0
  #debug = process.env.RAG_POOL_DEBUG === '1'
  /** Origins as they came, since mostly the same few come. @type {Map<string, Place>} */ #places = new Map()

  /**
   * @param {Told} pool
   * @param {Engine} engine
   */
  constructor (pool, engine) {
    this.#pool = pool
    this.#engine = engine
    this.hook()
    if (this.#debug) this.#listen(DEBUGGED)
  }

  /** Keeps the mask in step with the listeners, from now on. */
  hook () {
    const pool = this.#pool
    // One of the two may be there still.
    pool.off('newListener', this.#added).off('removeListener', this.#removed)
    pool.on('newListener', this.#added).on('removeListener', this.#removed)
  }

  #added = (/** @type {string} */ name) => {
    const bit = BITS[name]
    if (bit !== undefined) this.#listen(this.#mask | bit)
  }

  #removed = (/** @type {string} */ name) => {
    const bit = BITS[name]
    if (bit !== undefined && this.#pool.listenerCount(name) === 0) this.#listen(this.#mask & ~bit)
  }

  /** @param {number} mask */
  #listen (mask) {
    const wanted = this.#debug && mask !== 0 ? mask | DEBUGGED : mask
    if (wanted === this.#mask) return
    this.#mask = wanted
    this.#engine.listen(wanted, this)
  }

  /**
   * The engine tells of something.
   * @param {number} kind its bit
   * @param {number} first
   * @param {number} second
   * @param {number} third
   * @param {string} text
   */
  onEvent (kind, first, second, third, text) {
    const name = NAMES.get(kind)
    if (name === undefined) return
    const payload = this.#payload(kind, first, second, third, text)
    if (this.#debug) debugLine(name, payload)
    this.#pool.emit(name, payload)
  }

  /**
   * @param {number} kind
   * @param {number} first
   * @param {number} second
   * @param {number} third
   * @param {string} text
   */
  #payload (kind, first, second, third, text) {
    const { maxSockets } = this.#pool.config
    switch (kind) {
      case BITS.connection_created: {
        const { protocol, origin } = this.#place(text)
        return { protocol, origin, active: first, total: second }
      }
      case BITS.connection_freed: {
        const { protocol, host, port } = this.#place(text)
        return { protocol, host, port, active: first }
      }
      case BITS.connection_removed: {
        const { protocol, host, reason } = this.#place(text)
        return { protocol, host, active: first, reason }
      }
      case BITS.request_completed:
        return { duration: first, avgResponseTime: second, connectionReuse: third }
      case BITS.pool_exhausted:
        return { maxSockets, active: first, exhaustedCount: second }
      case BITS.high_utilization:
        return { utilization: (first / maxSockets) * 100, active: first, max: maxSockets }
      default:
        return { errorRate: (first / second) * 100, errors: first, requests: second }
    }
  }

  /**
   * @param {string} text
   * @returns {Place}
   */
  #place (text) {
    const known = this.#places.get(text)
    if (known !== undefined) return known
    const [protocol, host, port, origin, reason] = /** @type {[string, string, string, string, string]} */ (text.split('\n'))
    const place = { protocol, host, port: Number(port), origin, reason }
    if (this.#places.size >= MOST_PLACES) this.#places.clear()
    this.#places.set(text, place)
    return place
  }

  /** Whether `failed` would tell anybody. */
  get hearsFailures () {
    return this.#debug || this.#pool.listenerCount('request_error') > 0
  }

  /**
   * A request of this pool failed with what its caller was given.
   * @param {Error & { code?: unknown }} error
   */
  failed (error) {
    if (this.#debug) debugLine('request_error', error)
    if (this.#pool.listenerCount('request_error') === 0) return
    const type = String(error.code).endsWith('_TIMEOUT') ? 'timeout' : 'error'
    this.#pool.emit('request_error', { error, type, totalErrors: this.#engine.errors() })
  }
}

/** @typedef {{ protocol: string, host: string, port: number, origin: string, reason: string }} Place */

const MOST_PLACES = 1000

module.exports = { PoolEvents }
