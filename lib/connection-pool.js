'use strict'

const { EventEmitter } = require('node:events')
const { PoolError, badInput, refused, shown } = require('./errors')
const native = require('./native')
const { metrics, status } = require('./observe/metrics')
const { report } = require('./observe/report')
const { Origins } = require('./origins')
const { request } = require('./request')
const tls = require('./tls')

/** The options' defaults: a copy of what the engine's table says. */
const DEFAULT_CONFIG = Object.freeze(native.optionDefaults())

/**
 * A connection pool for HTTP and HTTPS. One pool is shared by everything that it is given to: its limits hold
 * over all of them.
 *
 * An idle pool does not hold the process open; a request in flight does.
 */
class ConnectionPoolManager extends EventEmitter {
  /** @type {number} */ #number
  /** @type {Origins} */ #origins
  /** @type {any} */ #lastMetrics
  #destroyed = false

  /**
   * @param {import('../types/options').PoolOptions} [options] see the README's table; unknown keys are kept on `config`
   * @throws {TypeError | RangeError} naming the option, its value and what is allowed
   */
  constructor (options = {}) {
    super()
    if (typeof options !== 'object' || options === null) {
      throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `options must be an object; received ${shown(options)}`)
    }
    const prepared = tls.prepare(/** @type {any} */ (options).tls)
    this.ring = native.attached()
    const opened = this.ring.openPool(options, prepared)
    if (typeof opened !== 'number') throw refused(opened)
    this.#number = opened
    this.#origins = new Origins(this.ring.submissions, opened, prepared !== undefined)
    /** The merged options. @type {any} */
    this.config = { ...DEFAULT_CONFIG, ...defined(options) }
    this.config.bodyTimeout ??= this.config.timeout
    this.getMetrics()
  }

  /**
   * Sends a request and resolves with the head of its reply, in the shape of undici's `request`.
   * @param {string | URL} url
   * @param {import('../types/request').RequestOptions} [options]
   * @returns {Promise<import('../types/request').ResponseData>}
   */
  request (url, options = {}) {
    return /** @type {any} */ (request(this, url, options))
  }

  /**
   * Where a URL's origin is known from.
   * @param {string} text
   */
  originOf (text) {
    if (this.#destroyed) throw new PoolError({ code: 'ERR_POOL_DESTROYED', phase: 'queue', message: 'the pool is destroyed' })
    if (this.ring.isEnded) throw new PoolError({ code: 'ERR_POOL_INTERNAL', phase: 'queue', message: 'the connection to the native engine was lost; open a new pool' })
    return this.#origins.get(text)
  }

  /** Everything that the pool counts and times, in ms. */
  getMetrics () {
    // Null once the pool is gone, by `destroy` or with its ring.
    const raw = native.metrics(this.#number)
    if (raw !== null) this.#lastMetrics = metrics(raw, this.config)
    return this.#lastMetrics
  }

  /** The figures of a health check. */
  getStatus () {
    return status(this.getMetrics())
  }

  /** The metrics as a text for people. */
  getReport () {
    return report(this.getMetrics())
  }

  /** Forgets what was counted and timed. What is open, and how much was at most, stays. */
  resetMetrics () {
    if (!this.#destroyed) native.resetMetrics(this.#number)
  }

  /**
   * Closes every connection. What waits or is in flight fails with `ERR_POOL_DESTROYED`. Calling it again does
   * nothing.
   */
  destroy () {
    if (this.#destroyed) return
    this.getMetrics()
    this.#origins.clear()
    this.#destroyed = true
    this.ring.destroyPool(this.#number)
  }
}

/**
 * Options that are there: undefined is the same as left out. Inherited ones count, as they do for the engine.
 * @param {any} options
 */
function defined (options) {
  /** @type {Record<string, unknown>} */
  const there = {}
  for (const name in options) {
    if (options[name] !== undefined) there[name] = options[name]
  }
  return there
}

module.exports = { ConnectionPoolManager, DEFAULT_CONFIG }
