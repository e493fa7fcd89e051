'use strict'

const { runChild } = require('../support/child')
const { open } = require('../support/pools')

const all = require('../..')
const integration = require('rag-connection-pool/api-client-pool-integration')

const NAMES = ['getPoolMetrics', 'getPoolReport', 'getPoolStatus']

afterEach(() => all.resetGlobalPool())

test('rag-connection-pool/api-client-pool-integration has the same things as the main entry', () => {
  expect(Object.keys(integration).sort()).toEqual(NAMES)
  expect(NAMES.filter(name => integration[name] !== all[name])).toEqual([])
})

test('it can be imported, and is the module that require gives', async () => {
  const { code, stdout, stderr } = await runChild(`
    const imported = await import('rag-connection-pool/api-client-pool-integration')
    const required = require('rag-connection-pool/api-client-pool-integration')
    console.log(Object.keys(imported).sort().join(), imported.getPoolMetrics === required.getPoolMetrics, imported.default === required)`, { bare: true })
  expect([code, stdout, stderr]).toEqual([0, `${[...NAMES, 'default'].sort()} true true\n`, ''])
})

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
