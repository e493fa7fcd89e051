'use strict'

const { EventEmitter } = require('node:events')
const { secretly } = require('./config-shown')
const { Consulted } = require('./consulted')
const { PoolError, badInput, shown } = require('./errors')
const native = require('./native')
const { PoolEvents } = require('./observe/events')
const { configOf } = require('./host-pools')
const { Figures, status } = require('./observe/metrics')
const { tellEvery } = require('./observe/periodic')
const { settle } = require('./options')
const { bypassedProxy, destroyed, draining } = require('./refusals')
const { openPool } = require('./shared-pool')
const { Flights } = require('./flights')
const { agentFor } = require('./agent-for')
const { ensureTime } = require('./ensure-time')
const { isBypassed } = require('./bypass/bypassed')
const { INSIDE } = require('./inside')
const { Origins } = require('./origins')

/** Loaded with the first request: it is a third of what loading the package would take. @type {typeof import('./request').request | undefined} */
let send
/** Loaded with the first call, for the same reason. @type {typeof import('./fetch/fetch').fetch | undefined} */
let call

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
  /** @type {Consulted} */ #consulted
  /** @type {Origins} */ #origins
  /** @type {import('./agent/agents').Agents | null} */ #agents = null
  /** @type {(host: string, port: number) => number} */ #sectionOf
  /** @type {import('./proxy/proxies').Proxies} */ #proxies
  /** @type {Figures} */ #figures
  /** @type {import('./inside').Inside} */ #inside
  #destroyed = false
  /** @type {Promise<void> | null} */ #drained = null
  /** Ends the periodic event. @type {() => void} */ #hush = () => {}

  /**
   * @param {import('../types/options').PoolOptions} [options] see the README's table; unknown keys are kept on `config`
   * @throws {TypeError | RangeError} naming the option, its value and what is allowed
   */
  constructor (options = {}) {
    super()
    const own = settle(options)
    if (isBypassed() && own.proxies.inputs.length > 0) throw bypassedProxy()
    const ring = native.attached()
    const consulted = this.#consulted = new Consulted(ring.users, { ...DEFAULT_CONFIG, ...own.options })
    const { number: opened, settled } = openPool(ring, own, consulted)
    this.#number = opened
    this.#sectionOf = settled.sectionOf
    this.#proxies = settled.proxies
    this.#origins = new Origins(ring.submissions, opened, settled.sectionOf, settled.proxies, consulted)
    /** The merged options. @type {any} */
    this.config = secretly({ ...DEFAULT_CONFIG, bodyTimeout: settled.options.timeout ?? DEFAULT_CONFIG.timeout, ...settled.options })
    const events = new PoolEvents(this, { listen: (mask, ear) => ring.listen(opened, mask, ear), errors: () => native.errorCount(opened) })
    this.#inside = {
      ring,
      events,
      bypass: isBypassed() ? this.#goRound() : null,
      interceptors: null,
      flights: new Flights(ring.submissions),
      goesByProxies: settled.proxies.inputs.length > 0,
      originOf: text => this.#originOf(text),
      refusal: () => this.#refusal(),
      configOf: text => configOf(this.config, this.#sectionOf, text)
    }
    this.#figures = new Figures(origins => native.metrics(opened, origins), this.config)
    const { trackMetrics, metricsInterval } = this.config
    if (trackMetrics && metricsInterval > 0) this.#hush = tellEvery(metricsInterval, this)
  }

  get [INSIDE] () {
    return this.#inside
  }

  #goRound () {
    const { Bypass } = require('./bypass/bypass')
    return new Bypass(this.config, this.#sectionOf, {
      request: ms => this.trackRequest(ms),
      error: isTimeout => { if (!this.#destroyed) native.trackError(this.#number, isTimeout) }
    })
  }

  /**
   * Sends a request and resolves with the head of its reply, in the shape of undici's `request`.
   * @param {string | URL} url
   * @param {import('../types/request').RequestOptions} [options]
   * @returns {Promise<import('../types/request').ResponseData>}
   */
  request (url, options = {}) {
    send ??= require('./request').request
    return /** @type {any} */ (send(this, url, options))
  }

  /**
   * The platform's fetch over this pool.
   * @param {string | URL | Request} input
   * @param {RequestInit} [init]
   * @returns {Promise<import('../types/fetch').PooledResponse>}
   */
  fetch (input, init = undefined) {
    call ??= require('./fetch/fetch').fetch
    return call(this, input, init)
  }

  /**
   * Lets a function answer requests in the engine's place, for tests.
   * @param {import('../types/fetch').Interceptor} answer
   * @returns {() => void} the undo
   */
  intercept (answer) {
    const { Interceptors } = require('./intercept')
    return Interceptors.add(this, answer)
  }

  /** @param {string} text */
  #originOf (text) {
    if (this.#destroyed || this.#inside.flights.areClosed) throw this.#refusal()
    if (this.#inside.ring.isEnded) throw new PoolError({ code: 'ERR_POOL_INTERNAL', phase: 'queue', message: 'the connection to the native engine was lost; open a new pool' })
    return this.#origins.get(text)
  }

  #refusal () {
    return this.#destroyed ? destroyed() : draining()
  }

  /**
   * Opens connections to an origin before they are needed; resolves when `n` are open, in use or idle.
   * @param {string | URL} origin
   * @param {number} [n]
   */
  preconnect (origin, n = 1) {
    return require('./preconnect').preconnect(this, origin, n, this.#inside.configOf)
  }

  /** Closes every idle connection now; gives how many those were. @returns {number} */
  closeIdle () {
    const { bypass } = this.#inside
    if (bypass !== null) return this.#destroyed ? 0 : bypass.closeIdle()
    this.#agents?.unpark()
    return native.closeIdle(this.#number)
  }

  /** Takes on no request from now on, lets all finish that it has, and destroys the pool. @returns {Promise<void>} */
  drain () {
    this.#drained ??= this.#destroyed ? Promise.resolve() : this.#inside.flights.close().then(() => this.destroy())
    return this.#drained
  }

  /** An `http.Agent` whose requests this pool carries; always the same. Null once the pool is destroyed. */
  getHttpAgent () {
    return this.#made()?.http ?? null
  }

  /** As `getHttpAgent()`, an `https.Agent`. */
  getHttpsAgent () {
    return this.#made()?.https ?? null
  }

  /**
   * The agent for a URL's protocol.
   * @param {string | URL} url
   * @throws {TypeError} when it is no http: or https: URL
   */
  getAgentForUrl (url) {
    const agents = this.#made()
    return agentFor(url, { http: agents?.http ?? null, https: agents?.https ?? null })
  }

  #made () {
    const { bypass } = this.#inside
    if (bypass !== null) return this.#destroyed ? null : bypass
    if (this.#agents === null && !this.#destroyed) {
      // Loaded when wanted: node:https brings all of TLS with it.
      const { Agents } = require('./agent/agents')
      this.#agents = new Agents(this, this.#number, this.#sectionOf, this.#proxies, this.#consulted)
      this.emit('agents_initialized', { http: this.#agents.http, https: this.#agents.https })
    }
    return this.#agents
  }

  /** Everything that the pool counts and times, in ms; after `destroy`, how it ended. */
  getMetrics () {
    return this.#figures.all()
  }

  /** The figures of a health check. */
  getStatus () {
    return status(this.#figures.totals(), this.config)
  }

  /** The metrics as a text for people. */
  getReport () {
    const { report } = require('./observe/report')
    return report(this.getMetrics(), { tracked: this.config.trackMetrics, limitOf: origin => configOf(this.config, this.#sectionOf, origin).maxSocketsPerHost })
  }

  /**
   * Counts a request that did not go through the pool.
   * @param {number} ms that it took
   */
  trackRequest (ms) {
    ensureTime(ms)
    if (this.#destroyed) return
    native.trackRequest(this.#number, ms)
    this.#tell('request_completed', ({ avgResponseTime, connectionReuse }) => ({ duration: ms, avgResponseTime, connectionReuse }))
  }

  /**
   * Counts the failure of a request that did not go through the pool.
   * @param {unknown} error
   * @param {string} [type] 'timeout' where a time ran out
   */
  trackError (error, type = 'error') {
    if (typeof type !== 'string') throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `type must be a string; received ${shown(type)}`)
    if (this.#destroyed) return
    native.trackError(this.#number, type === 'timeout')
    this.#tell('request_error', ({ errors }) => ({ error, type, totalErrors: errors }))
  }

  /** Counts a request that did not go through the pool and had to wait for a connection. */
  trackPoolExhaustion () {
    if (this.#destroyed) return
    native.trackExhaustion(this.#number)
    this.#tell('pool_exhausted', ({ active, poolExhausted }) => ({ maxSockets: this.config.maxSockets, active, exhaustedCount: poolExhausted }))
  }

  /**
   * Emits an event, whose payload is made only if somebody listens.
   * @param {string} event
   * @param {(totals: any) => object} payload
   */
  #tell (event, payload) {
    if (this.listenerCount(event) > 0) this.emit(event, payload(this.#figures.totals()))
  }

  /**
   * As any EventEmitter's.
   * @param {string | symbol} [event]
   * @override
   */
  removeAllListeners (event) {
    if (event === undefined) super.removeAllListeners()
    else super.removeAllListeners(event)
    // The pool's own, which tell the engine what is listened to, went with the rest.
    if (!this.#destroyed && (event === undefined || event === 'newListener' || event === 'removeListener')) this.#inside.events.hook()
    return this
  }

  /** Forgets what was counted and timed. What is open, and how much was at most, stays. Emits `metrics_reset`. */
  resetMetrics () {
    if (this.#destroyed) return
    native.resetMetrics(this.#number)
    this.emit('metrics_reset')
  }

  /** Whether the pool is destroyed. */
  get destroyed () {
    return this.#destroyed
  }

  /**
   * Closes every connection. What waits or is in flight fails with `ERR_POOL_DESTROYED`. Emits `destroyed` and lets its
   * listeners go. Calling it again does nothing.
   */
  destroy () {
    if (this.#destroyed) return
    this.#hush()
    this.#origins.clear()
    const agents = this.#agents
    this.#agents = null
    this.#destroyed = true
    const { ring, bypass, flights } = this.#inside
    ring.destroyPool(this.#number)
    this.#figures.keep()
    this.#consulted.forget()
    agents?.destroy()
    bypass?.destroy(flights.areOver)
    flights.cut()
    try {
      this.emit('destroyed')
    } finally {
      this.removeAllListeners()
    }
  }
}

module.exports = { ConnectionPoolManager, DEFAULT_CONFIG }
