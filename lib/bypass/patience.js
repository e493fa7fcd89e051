'use strict'

const { clearTimeout, setTimeout } = require('../event-loop')
const { Submission } = require('../ring/records')

/** In the order in which they cross: an option, and the code of the error that ends a request when it has passed. */
const LIMITS = /** @type {const} */ ([
  ['queueTimeout', 'ERR_POOL_QUEUE_TIMEOUT'],
  ['connectTimeout', 'ERR_POOL_CONNECT_TIMEOUT'],
  ['headersTimeout', 'ERR_POOL_HEADERS_TIMEOUT'],
  ['bodyTimeout', 'ERR_POOL_BODY_TIMEOUT'],
  ['requestTimeout', 'ERR_POOL_REQUEST_TIMEOUT'],
  ['timeout', 'ERR_POOL_WRITE_TIMEOUT']
])

/** @typedef {typeof LIMITS[number][0]} Limit */

/**
 * The timeouts of one request: its own where it has them, otherwise the pool's. They run on this thread, so that a busy
 * event loop can make one pass that the engine's would not.
 */
class Patience {
  /** @type {any} */ #config
  /** @type {number[] | undefined} */ #own
  /** @type {(error: Error) => void} */ #passed
  /** @type {Map<Limit, NodeJS.Timeout>} */ #timers = new Map()

  /**
   * @param {any} config the pool's options
   * @param {number[] | undefined} own as they would cross
   * @param {(error: Error) => void} passed
   */
  constructor (config, own, passed) {
    this.#config = config
    this.#own = own
    this.#passed = passed
  }

  /**
   * In ms; 0: for ever.
   * @param {Limit} limit
   * @returns {number}
   */
  of (limit) {
    const own = this.#own?.[LIMITS.findIndex(([name]) => name === limit)]
    return own === undefined || own === Submission.POOLS_OWN ? this.#config[limit] : own
  }

  /**
   * From now on, or anew.
   * @param {Limit} limit
   */
  begin (limit) {
    const running = this.#timers.get(limit)
    if (running !== undefined) return void running.refresh()
    const ms = this.of(limit)
    if (ms > 0) this.#timers.set(limit, setTimeout(() => this.pass(limit), ms))
  }

  /** @param {Limit} limit */
  end (limit) {
    clearTimeout(this.#timers.get(limit))
    this.#timers.delete(limit)
  }

  /** @param {Limit} limit */
  pass (limit) {
    const [, code] = /** @type {typeof LIMITS[number]} */ (LIMITS.find(([name]) => name === limit))
    this.#passed(Object.assign(new Error(`${limit} of ${this.of(limit)} ms has passed`), { code }))
  }

  endAll () {
    for (const limit of this.#timers.keys()) this.end(limit)
  }
}

module.exports = { Patience }
