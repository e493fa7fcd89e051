'use strict'

const { EventEmitter } = require('node:events')
const { Written } = require('../../url')
const { kOnSilence, messageOf, originOf, shownUrlOf, urlOf } = require('./message')
const { RedirectError, locationOf, redirect } = require('./redirect')

/** How many redirects axios follows unless it is told otherwise. */
const MOST_REDIRECTS = 21

/** What a timer of Node's holds. */
const LONGEST_TIMEOUT = 2 ** 31 - 1

/** Limits that are the request's own `timeout`, where that is set. */
const BEFORE_THE_HEAD = new Set(['ERR_POOL_CONNECT_TIMEOUT', 'ERR_POOL_HEADERS_TIMEOUT'])

/** What the engine takes for a path and query. */
const TARGET = /^\/[!$-;=?-_a-z|~]*(?:\?[!$-;=?-~]*)?$/

/** What axios' http adapter takes for `transport`, over a pool. One request each. */
class PoolTransport {
  #pool
  #maxRedirects

  /**
   * @param {import('../../pool').ConnectionPoolManager} pool
   * @param {number | undefined} maxRedirects
   */
  constructor (pool, maxRedirects) {
    this.#pool = pool
    this.#maxRedirects = maxRedirects
  }

  /**
   * @param {any} options
   * @param {(message: any) => void} respond
   */
  request (options, respond) {
    return new PooledRequest(this.#pool, options, this.#maxRedirects, respond)
  }
}

/**
 * What axios drives, in the shape of Node's ClientRequest as far as axios and its users go: `response.request` and
 * `error.request`. With redirects it stands for all steps, and tells of the last one.
 */
class PooledRequest extends EventEmitter {
  #pool
  #options
  #limit
  #respond
  /** @type {Buffer | null} */ #body = null
  #timeout = 0
  #started = 0
  /** @type {(() => void) | undefined} */ #onTimeout
  /** The reply, once its head is there. @type {any} */ res = null
  destroyed = false
  /** Read by the pool, to which this is the signal. @type {unknown} */ reason = undefined

  /**
   * @param {import('../../pool').ConnectionPoolManager} pool
   * @param {any} options
   * @param {number | undefined} maxRedirects 0: a redirect is a reply like any other
   * @param {(message: any) => void} respond
   */
  constructor (pool, options, maxRedirects, respond) {
    super()
    this.#pool = pool
    this.#options = options
    this.#limit = maxRedirects === 0 ? null : maxRedirects || MOST_REDIRECTS
    this.#respond = respond
  }

  get method () {
    return this.#options.method
  }

  get protocol () {
    return this.#options.protocol
  }

  get host () {
    return this.#options.hostname
  }

  get path () {
    return this.#options.path
  }

  get aborted () {
    return this.destroyed
  }

  /** @param {string} name */
  getHeader (name) {
    return this.getHeaders()[name.toLowerCase()]
  }

  getHeaders () {
    return Object.fromEntries(Object.entries(this.#options.headers).map(([name, value]) => [name.toLowerCase(), value]))
  }

  /**
   * From the moment that the request has a connection, as axios counts it, to the head of the reply; then between two pieces
   * of its body.
   * @param {number} ms
   * @param {() => void} [callback]
   */
  setTimeout (ms, callback) {
    this.#timeout = Math.min(ms, LONGEST_TIMEOUT)
    this.#onTimeout = callback
    return this
  }

  /** @param {Buffer} data */
  write (data) {
    this.#body = this.#body === null ? data : Buffer.concat([this.#body, data])
    return true
  }

  /** @param {Buffer} [data] */
  end (data) {
    if (data) this.write(data)
    this.#started = performance.now()
    void this.#run()
    return this
  }

  /** @param {Error} [error] */
  destroy (error) {
    if (this.destroyed) return this
    this.destroyed = true
    this.reason = error
    this.emit('abort')
    if (error !== undefined) this.emit('error', error)
    this.emit('close')
    return this
  }

  async #run () {
    try {
      for (let followed = 0; !this.destroyed; followed++) {
        const reply = await this.#step()
        if (this.destroyed) return
        const location = this.#limit === null ? null : locationOf(reply)
        if (location === null) return this.#deliver(reply)
        // Its connection is free for the next step.
        await reply.body.dump()
        if (followed >= /** @type {number} */ (this.#limit)) throw new RedirectError('ERR_FR_TOO_MANY_REDIRECTS', 'Maximum number of redirects exceeded')
        if (redirect(this.#options, reply, location)) this.#body = null
      }
    } catch (error) {
      if (!this.destroyed) this.#fail(error)
    }
  }

  /** @param {any} error */
  #fail (error) {
    if (this.#timeout > 0 && BEFORE_THE_HEAD.has(error?.code)) this.#onTimeout?.()
    else this.emit('error', error)
  }

  /** @param {import('../../../types/request').ResponseData} reply */
  #deliver (reply) {
    const message = messageOf(reply, this)
    const isSingle = this.#limit === null
    if (this.#timeout > 0) message[kOnSilence] = isSingle ? this.#onTimeout : () => message.emit('aborted')
    if (!isSingle) Object.assign(message, { responseUrl: shownUrlOf(this.#options), redirects: [] })
    this.res = message
    this.#respond(message)
  }

  #step () {
    const { method, headers, auth } = this.#options
    return this.#pool.request(this.#place(), {
      method,
      headers: auth ? { ...headers, authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : headers,
      body: this.#body,
      signal: this,
      // axios decodes, by its own rules of what is broken.
      decompress: false,
      ...this.#timeout > 0 && this.#limits()
    })
  }

  /** axios encodes less than a URL does, and what it signed or cached by must not change on the way. */
  #place () {
    const { path } = this.#options
    return TARGET.test(path) ? /** @type {any} */ (new Written(originOf(this.#options), path)) : urlOf(this.#options)
  }

  #limits () {
    const left = Math.max(1, Math.ceil(this.#started + this.#timeout - performance.now()))
    return { connectTimeout: left, headersTimeout: left, bodyTimeout: this.#timeout }
  }
}

module.exports = { PoolTransport, PooledRequest }
