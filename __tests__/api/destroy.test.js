'use strict'

const { open } = require('../support/pools')
const { rejection } = require('../support/awaiting')

test('destroy emits destroyed once', () => {
  const pool = open()
  const listener = jest.fn()
  pool.on('destroyed', listener)
  pool.destroy()
  pool.on('destroyed', listener)
  pool.destroy()
  expect(listener.mock.calls).toEqual([[]])
})

test('destroy lets all listeners go, after destroyed', () => {
  const pool = open()
  let present
  pool.on('metrics_reset', () => {}).on('destroyed', () => { present = pool.listenerCount('metrics_reset') })
  pool.destroy()
  expect([present, pool.eventNames()]).toEqual([1, []])
})

test('a listener of destroyed that throws keeps nothing from being let go', () => {
  const pool = open()
  pool.on('destroyed', () => { throw new Error('mine') })
  expect(() => pool.destroy()).toThrow('mine')
  expect([pool.destroyed, pool.eventNames()]).toEqual([true, []])
})

test('destroyed tells whether the pool is', () => {
  const pool = open()
  const before = pool.destroyed
  pool.destroy()
  expect([before, pool.destroyed]).toEqual([false, true])
})

test('a destroyed pool answers what it is asked', async () => {
  const pool = open()
  pool.trackRequest(5)
  pool.destroy()
  pool.resetMetrics()
  expect([pool.getMetrics().totalRequests, pool.getStatus().healthy]).toEqual([1, true])
  expect(pool.getReport()).toContain('Connection Pool Report')
  expect(await rejection(pool.request('http://127.0.0.1:1/'))).toMatchObject({ code: 'ERR_POOL_DESTROYED' })
})
