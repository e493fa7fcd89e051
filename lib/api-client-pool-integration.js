'use strict'

// `rag-connection-pool/api-client-pool-integration`, which stands in for an application's own file of that name.

const { getGlobalPool } = require('./global-pool')

/** @typedef {import('./pool').ConnectionPoolManager} Pool */

/**
 * What a pool counts and times, in ms.
 * @param {Pool} [pool] the global pool if left out
 */
function getPoolMetrics (pool = getGlobalPool()) {
  return pool.getMetrics()
}

/**
 * The figures of a health check.
 * @param {Pool} [pool] the global pool if left out
 */
function getPoolStatus (pool = getGlobalPool()) {
  return pool.getStatus()
}

/**
 * The metrics as a text for people.
 * @param {Pool} [pool] the global pool if left out
 */
function getPoolReport (pool = getGlobalPool()) {
  return pool.getReport()
}

module.exports = { getPoolMetrics, getPoolStatus, getPoolReport }
