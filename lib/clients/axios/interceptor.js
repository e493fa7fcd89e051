'use strict'

// axios keeps its own adapter and is handed only what it sends by: a transport over `pool.request`, or the pool's agents
// where a request wants something that only Node's client has. So what axios does to a request and to a reply (data,
// params, headers, decoding, limits of size, errors) is the very code of the axios that was passed in, whatever its version.

const { PoolError, badInput, shown } = require('../../errors')
const { createPooledFetch } = require('../../fetch/global')
const { INSIDE } = require('../../inside')
const { chosenPool } = require('../chosen-pool')
const { adapterOf, reasonForAgents } = require('./route')
const { PoolTransport } = require('./transport')

/** By axios, what was added to it. @type {WeakMap<object, { id: number, carrier: Carrier }>} */
const added = new WeakMap()
/** Agents that a carrier gave: a request that is sent again brings them along, and they are not the caller's own. */
const lent = new WeakSet()

/** What an axios is to send through; each request reads it anew. */
class Carrier {
  /** @param {any} pool */
  constructor (pool) {
    this.pool = pool
    // One function, since axios keeps an adapter for each that it meets.
    this.fetch = (/** @type {any} */ input, /** @type {any} */ init) => createPooledFetch(this.pool)(input, init)
  }

  /**
   * The way is chosen last of all, when the caller's interceptors and transformations have said what is sent: axios runs
   * `transformRequest` on the config that its adapter gets. Until then the agents are there, should an interceptor of the
   * caller's replace the transformations, and this one with them.
   * @param {any} config of a request
   */
  carry (config) {
    const carrier = this
    const { transformRequest } = config
    const choose = /** @this {any} @param {any} data @param {any} headers */ function (data, headers) {
      // Whoever sends this config again brings back what he gave.
      this.transformRequest = transformRequest
      carrier.#choose(this, data, headers)
      return data
    }
    config.transformRequest = Array.isArray(transformRequest) ? [...transformRequest, choose] : transformRequest ? [transformRequest, choose] : [choose]
    takeBack(config)
    if (!this.pool.destroyed) this.#lend(config)
    return config
  }

  /**
   * @param {any} config
   * @param {any} data as it goes out
   * @param {any} headers
   */
  #choose (config, data, headers) {
    takeBack(config)
    // The pool knows its way: axios would look for a proxy in the environment, and reach that by the pool's.
    if (this.pool[INSIDE].goesByProxies) config.proxy ??= false
    const adapter = adapterOf(config)
    if (adapter === 'fetch') this.#useFetch(config)
    else if (adapter === 'http' && reasonForAgents(config, data, headers) === null) this.#useTransport(config)
    else this.#useAgents(config)
  }

  /** Not enumerable, so that it is in no log of the config and in no request made from it. @param {any} config */
  #useTransport (config) {
    Object.defineProperty(config, 'transport', { value: new PoolTransport(this.pool, config.maxRedirects), configurable: true, writable: true })
  }

  /** A fetch of the caller's own stays. @param {any} config */
  #useFetch (config) {
    if (config.env?.fetch === undefined) config.env = { ...config.env, fetch: this.fetch }
  }

  /** @param {any} config */
  #useAgents (config) {
    // Without an agent axios would fall back on Node's, past the pool.
    if (this.pool.destroyed) throw new PoolError({ code: 'ERR_POOL_DESTROYED', phase: 'queue', message: 'the pool is destroyed' })
    this.#lend(config)
  }

  /** An agent of the caller's own stays. @param {any} config */
  #lend (config) {
    config.httpAgent ??= marked(this.pool.getHttpAgent())
    config.httpsAgent ??= marked(this.pool.getHttpsAgent())
  }
}

/** @param {object} agent */
function marked (agent) {
  lent.add(agent)
  return agent
}

/** @param {any} config */
function takeBack (config) {
  if (lent.has(config.httpAgent)) delete config.httpAgent
  if (lent.has(config.httpsAgent)) delete config.httpsAgent
}

/**
 * Sends what an axios sends through the pool. Called again for the same axios it only changes the pool.
 * @template {{ interceptors: { request: any } }} Axios
 * @param {Axios} axios the default export, or an instance made by `axios.create()`
 * @param {import('../../pool').ConnectionPoolManager} [pool] default: the global one
 * @returns {Axios} the same axios
 */
function addAxiosPoolingInterceptor (axios, pool) {
  if (typeof axios?.interceptors?.request?.use !== 'function') {
    throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `axios must be axios or an instance of it; received ${shown(axios)}`)
  }
  const chosen = chosenPool(pool)
  const present = added.get(axios)
  if (present !== undefined) {
    present.carrier.pool = chosen
    return axios
  }
  const carrier = new Carrier(chosen)
  // Synchronous, so that interceptors of the caller's that are so remain so.
  const id = axios.interceptors.request.use((/** @type {any} */ config) => carrier.carry(config), null, { synchronous: true })
  added.set(axios, { id, carrier })
  return axios
}

/**
 * Undoes `addAxiosPoolingInterceptor`; without it, it does nothing.
 * @template {{ interceptors: { request: any } }} Axios
 * @param {Axios} axios
 * @returns {Axios} the same axios
 */
function removeAxiosPoolingInterceptor (axios) {
  const present = added.get(axios)
  if (present !== undefined) axios.interceptors.request.eject(present.id)
  added.delete(axios)
  return axios
}

module.exports = { addAxiosPoolingInterceptor, removeAxiosPoolingInterceptor }
