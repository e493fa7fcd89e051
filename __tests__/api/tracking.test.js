'use strict'

const { once } = require('node:events')
const { open } = require('../support/pools')

test('trackRequest counts a request and its time', () => {
  const pool = open()
  pool.trackRequest(100)
  pool.trackRequest(300)
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 2, totalResponseTime: 400, avgResponseTime: 200, errors: 0, newConnections: 0 })
})

test('the time of trackRequest is among the percentiles', () => {
  const pool = open()
  pool.trackRequest(100)
  expect(pool.getMetrics().responseTime.p50).toBeCloseTo(100, 0)
})

test('trackRequest emits request_completed', async () => {
  const pool = open()
  const heard = once(pool, 'request_completed')
  pool.trackRequest(12.5)
  expect(await heard).toEqual([{ duration: 12.5, avgResponseTime: 12.5, connectionReuse: 0 }])
})

test.each([['a string', '5'], ['nothing', undefined], ['null', null], ['a bigint', 5n]])('trackRequest takes no %s for a time', (_, ms) => {
  expect(() => open().trackRequest(ms)).toThrow(expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(/^ms must be a number; received /) }))
})

test.each([-1, NaN, Infinity, 1e300, 2147483648])('trackRequest takes no %d for a time', ms => {
  const pool = open()
  expect(() => pool.trackRequest(ms)).toThrow(expect.objectContaining({ name: 'RangeError', message: `ms must be a number of milliseconds between 0 and 2147483647; received ${ms}` }))
  expect(pool.getMetrics().totalRequests).toBe(0)
})

test('trackError counts an error', () => {
  const pool = open()
  pool.trackError(new Error('no'))
  expect(pool.getMetrics()).toMatchObject({ errors: 1, timeouts: 0 })
})

test('trackError counts a timeout as both', () => {
  const pool = open()
  pool.trackError(new Error('late'), 'timeout')
  expect(pool.getMetrics()).toMatchObject({ errors: 1, timeouts: 1 })
})

test('trackError emits request_error with the error itself', async () => {
  const pool = open()
  const error = new Error('no')
  const heard = once(pool, 'request_error')
  pool.trackError(error, 'parse')
  const [payload] = await heard
  expect(payload).toEqual({ error, type: 'parse', totalErrors: 1 })
  expect(payload.error).toBe(error)
})

test('trackError without a listener throws nothing', () => {
  expect(() => open().trackError(new Error('no'))).not.toThrow()
})

test('trackError takes a type that is a string alone', () => {
  expect(() => open().trackError(new Error('no'), 5)).toThrow(expect.objectContaining({ name: 'TypeError', message: 'type must be a string; received 5' }))
})

test('trackPoolExhaustion counts and emits pool_exhausted', async () => {
  const pool = open({ maxSockets: 7 })
  const heard = once(pool, 'pool_exhausted')
  pool.trackPoolExhaustion()
  expect(await heard).toEqual([{ maxSockets: 7, active: 0, exhaustedCount: 1 }])
  expect(pool.getMetrics().poolExhausted).toBe(1)
})

test('what is tracked of a destroyed pool is forgotten and harms nobody', () => {
  const pool = open()
  pool.destroy()
  pool.trackRequest(1)
  pool.trackError(new Error('no'))
  pool.trackPoolExhaustion()
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 0, errors: 0, poolExhausted: 0 })
})

test('resetMetrics emits metrics_reset once the counts are gone', () => {
  const pool = open()
  pool.trackRequest(1)
  const seen = []
  pool.on('metrics_reset', (...payload) => seen.push(payload, pool.getMetrics().totalRequests))
  pool.resetMetrics()
  expect(seen).toEqual([[], 0])
})
