'use strict'

const { open } = require('../support/pools')

const all = require('../..')
const integration = require('rag-connection-pool/api-client-pool-integration')

afterEach(() => all.resetGlobalPool())

test('metrics, status and report are those of the pool that is given', () => {
  const pool = open({ maxSockets: 17 })
  expect(integration.getPoolMetrics(pool)).toEqual(pool.getMetrics())
  expect(integration.getPoolStatus(pool)).toEqual(pool.getStatus())
  expect(integration.getPoolReport(pool)).toBe(pool.getReport())
})

test('without a pool they are the global pool\'s', () => {
  const pool = all.getGlobalPool({ maxSockets: 13 })
  expect(integration.getPoolMetrics().config.maxSockets).toBe(13)
  expect(integration.getPoolStatus()).toEqual(pool.getStatus())
  expect(integration.getPoolReport()).toBe(pool.getReport())
})

test('without any pool they make the global one, with the defaults', () => {
  expect(integration.getPoolMetrics().config.maxSockets).toBe(all.DEFAULT_CONFIG.maxSockets)
})

test('what is no pool is refused', () => {
  expect(() => integration.getPoolMetrics(/** @type {any} */ ('pool'))).toThrow("pool must be a ConnectionPoolManager; received 'pool'")
})
