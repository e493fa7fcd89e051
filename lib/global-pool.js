'use strict'

const { differing } = require('./differing')
const { settleCode } = require('./options')
const { ConnectionPoolManager } = require('./pool')

/** A registered symbol, so that two copies of the package in one thread share the pool. */
const PLACE = Symbol.for('rag-connection-pool.globalPool')

/**
 * What stands in that place. Another version of the package may have put it there.
 * @typedef {object} Held
 * @property {ConnectionPoolManager} pool
 * @property {Set<string>} told options that were warned of
 * @property {Record<string, any>} [given] the options of him who made it
 */

/** @returns {Held | undefined} */
function held () {
  const found = /** @type {any} */ (globalThis)[PLACE]
  return found === undefined || found.pool.destroyed ? undefined : found
}

/**
 * The pool that everything in this JavaScript thread shares. Who asks first makes it, with his options; who asks later
 * with others has a warning that names them.
 * @param {import('../types/options').PoolOptions} [options]
 * @returns {ConnectionPoolManager}
 */
function getGlobalPool (options = {}) {
  const present = held()
  if (present !== undefined) {
    compare(present, options)
    return present.pool
  }
  const pool = new ConnectionPoolManager(options)
  Object.defineProperty(globalThis, PLACE, { value: { pool, told: new Set(), given: settleCode(options) }, configurable: true })
  return pool
}

/**
 * The global pool for what has no wish of its own: a present one serves as it is, without a warning.
 * @param {import('../types/options').PoolOptions} [options] of the pool that is made where there is none
 * @returns {ConnectionPoolManager}
 */
function globalPoolOr (options) {
  return held()?.pool ?? getGlobalPool(options)
}

/**
 * @param {Held} present
 * @param {object} options
 */
function compare ({ pool, told, given = {} }, options) {
  const fresh = differing(settleCode(options), { ...pool.config, ...given }).filter(name => !told.has(name))
  if (fresh.length === 0) return
  for (const name of fresh) told.add(name)
  process.emitWarning(`The global pool exists already, with other options than getGlobalPool() was now called with: ${fresh.join(', ')}. ` +
    'Its own hold; resetGlobalPool() before the call would make a new one', { type: 'RagPoolWarning', code: 'RAG_POOL_GLOBAL_OPTIONS' })
}

/** Destroys the global pool; the next `getGlobalPool` makes another. Without one it does nothing. */
function resetGlobalPool () {
  const present = held()
  Reflect.deleteProperty(globalThis, PLACE)
  present?.pool.destroy()
}

module.exports = { getGlobalPool, globalPoolOr, resetGlobalPool }
