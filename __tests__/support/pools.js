'use strict'

const { ConnectionPoolManager } = require('../..')

/** @type {ConnectionPoolManager[]} */
const pools = []

afterEach(() => {
  for (const pool of pools.splice(0)) pool.destroy()
})

/**
 * A pool for one test.
 * @param {any} [options]
 */
function open (options) {
  const pool = new ConnectionPoolManager(options)
  pools.push(pool)
  return pool
}

module.exports = { open }
