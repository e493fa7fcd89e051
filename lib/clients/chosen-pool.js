'use strict'

const { badInput, shown } = require('../errors')
const { globalPoolOr } = require('../global-pool')
const { INSIDE } = require('../inside')

/**
 * The pool that a helper was given, or the global one.
 * @param {unknown} pool
 * @param {import('../../types/options').PoolOptions} [options] of the global pool, where it is made by this call
 * @returns {import('../pool').ConnectionPoolManager}
 * @throws {TypeError} for what is no pool
 */
function chosenPool (pool, options) {
  if (pool === undefined || pool === null) return globalPoolOr(options)
  // By its shape and not its class: it may come from another copy of the package.
  if (typeof pool === 'object' && INSIDE in pool) return /** @type {any} */ (pool)
  throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `pool must be a ConnectionPoolManager; received ${shown(pool)}`)
}

module.exports = { chosenPool }
