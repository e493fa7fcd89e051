'use strict'

const { chosenPool } = require('./chosen-pool')

/** @typedef {import('../pool').ConnectionPoolManager} Pool */

/**
 * @param {Pool} [pool] default: the global one
 */
function getPoolMetrics (pool) {
  return chosenPool(pool).getMetrics()
}

/**
 * @param {Pool} [pool] default: the global one
 */
function getPoolStatus (pool) {
  return chosenPool(pool).getStatus()
}

/**
 * @param {Pool} [pool] default: the global one
 */
function getPoolReport (pool) {
  return chosenPool(pool).getReport()
}

module.exports = { getPoolMetrics, getPoolReport, getPoolStatus }
