'use strict'

const { getGlobalPool, getPoolMetrics, getPoolReport, getPoolStatus, resetGlobalPool } = require('../..')
const { open } = require('../support/pools')

afterEach(resetGlobalPool)

test('a pool is asked for what it counts', () => {
  const pool = open()
  pool.trackRequest(5)
  expect(getPoolMetrics(pool).totalRequests).toBe(1)
  expect(getPoolStatus(pool)).toEqual(pool.getStatus())
  expect(getPoolReport(pool)).toContain('Connection Pool Report')
})

test('without one it is the global pool', () => {
  getGlobalPool().trackRequest(5)
  expect(getPoolMetrics().totalRequests).toBe(1)
  expect(getPoolStatus()).toEqual(getGlobalPool().getStatus())
  expect(getPoolReport()).toContain('Connection Pool Report')
})

test('what is no pool is refused', () => {
  expect(() => getPoolMetrics(/** @type {any} */ ('pool'))).toThrow("pool must be a ConnectionPoolManager; received 'pool'")
})
