'use strict'

const { PoolError, badInput, shown } = require('../errors')
const { chosenPool } = require('./chosen-pool')

/**
 * node-fetch over a pool. Everything is node-fetch's own but the agent, and that too where a request brings one.
 * @template {(...args: any[]) => any} NodeFetch
 * @param {NodeFetch} nodeFetch of version 2 or 3
 * @param {import('../pool').ConnectionPoolManager} [given] the pool; default: the global one
 * @returns {NodeFetch}
 */
function createPooledNodeFetch (nodeFetch, given) {
  if (typeof nodeFetch !== 'function') throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `nodeFetch must be the function that node-fetch exports; received ${shown(nodeFetch)}`)
  const pool = /** @type {any} */ (chosenPool(given))
  // Asked for each step, as a redirect may lead from http to https.
  const agent = (/** @type {{ protocol: string }} */ { protocol }) => agentOf(pool, protocol)
  const pooled = (/** @type {any} */ input, /** @type {any} */ init = {}) => {
    let own = init
    try {
      if (isObject(init)) own = withAgent(init, init.agent ?? input?.agent ?? agent)
    } catch (error) {
      return Promise.reject(error)
    }
    // Its own promise, of whatever class that is.
    return nodeFetch(input, own)
  }
  showMembers(nodeFetch, pooled)
  return /** @type {any} */ (pooled)
}

/**
 * Version 2 has its classes on the function, and takes from there the class of its promises, which is the caller's to set.
 * @param {any} nodeFetch
 * @param {any} pooled
 */
function showMembers (nodeFetch, pooled) {
  for (const name of Object.keys(nodeFetch)) {
    const get = () => nodeFetch[name] === nodeFetch ? pooled : nodeFetch[name]
    const set = (/** @type {unknown} */ value) => { nodeFetch[name] = value }
    Object.defineProperty(pooled, name, { get, set, enumerable: true, configurable: true })
  }
}

/** What is none node-fetch refuses itself, in its own words. @param {unknown} value @returns {boolean} */
function isObject (value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/**
 * Through a proxy, since a copy has neither what a class has on its prototype (a `Request` given as init, its getters) nor
 * what only a proxy's traps tell; the getters run on `init` itself, whose private members they may read.
 * @param {any} init
 * @param {any} agent
 */
function withAgent (init, agent) {
  return new Proxy({ ...init, agent }, {
    get: (own, name) => Object.hasOwn(own, name) ? own[name] : init[name],
    has: (own, name) => Object.hasOwn(own, name) || name in init,
    getPrototypeOf: () => Object.getPrototypeOf(init)
  })
}

/**
 * @param {any} pool
 * @param {string} protocol
 */
function agentOf (pool, protocol) {
  // Without an agent node-fetch would go past the pool.
  if (pool.destroyed) throw new PoolError({ code: 'ERR_POOL_DESTROYED', phase: 'queue', message: 'the pool is destroyed' })
  return protocol === 'https:' ? pool.getHttpsAgent() : pool.getHttpAgent()
}

module.exports = { createPooledNodeFetch }
