'use strict'

// axios keeps its own way of sending a request and is handed the pool's agents, so that each of its options means what it
// always meant: redirects, limits of size, progress, proxies and error codes stay axios' own.

const { PoolError, badInput, shown } = require('../errors')
const { chosenPool } = require('./chosen-pool')
const { createPooledFetch } = require('../fetch/global')

/** By axios, what was added to it. @type {WeakMap<object, { id: number, carrier: Carrier }>} */
const added = new WeakMap()

/** What an axios is to send through; the interceptor reads it anew each time. */
class Carrier {
  /** @param {any} pool */
  constructor (pool) {
    this.pool = pool
    // One function, since axios keeps an adapter for each that it meets.
    this.fetch = (/** @type {any} */ input, /** @type {any} */ init) => createPooledFetch(this.pool)(input, init)
  }

  /**
   * An agent of the caller's own stays, and so does a fetch.
   * @param {any} config of a request
   */
  carry (config) {
    const { pool } = this
    if (pool.destroyed) return { ...config, adapter: refuse }
    config.httpAgent ??= pool.getHttpAgent()
    config.httpsAgent ??= pool.getHttpsAgent()
    if (config.adapter === 'fetch' && config.env?.fetch === undefined) config.env = { ...config.env, fetch: this.fetch }
    return config
  }
}

/** Without an agent axios would fall back on Node's, past the pool. */
async function refuse () {
  throw new PoolError({ code: 'ERR_POOL_DESTROYED', phase: 'queue', message: 'the pool is destroyed' })
}

/**
 * Sends what an axios sends through the pool. Called again for the same axios it only changes the pool.
 * @template {{ interceptors: { request: any } }} Axios
 * @param {Axios} axios the default export, or an instance made by `axios.create()`
 * @param {import('../pool').ConnectionPoolManager} [pool] default: the global one
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
