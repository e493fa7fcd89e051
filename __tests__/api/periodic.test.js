'use strict'

const { AsyncLocalStorage } = require('node:async_hooks')
const { once } = require('node:events')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')

/** Until a pool has told of its metrics so many times. */
async function told (pool, times) {
  for (let i = 0; i < times; i++) await once(pool, 'metrics_collected')
}

test('metrics_collected comes every metricsInterval with the metrics', async () => {
  const pool = open({ metricsInterval: 5 })
  pool.trackRequest(10)
  const [metrics] = await once(pool, 'metrics_collected')
  expect(metrics).toEqual(pool.getMetrics())
  expect(metrics.totalRequests).toBe(1)
  await told(pool, 2)
})

test('metrics_collected waits for metricsInterval', async () => {
  const [slow, quick] = [open({ metricsInterval: 60_000 }), open({ metricsInterval: 2 })]
  const listener = jest.fn()
  slow.on('metrics_collected', listener)
  await told(quick, 3)
  expect(listener).not.toHaveBeenCalled()
})

test.each([['trackMetrics: false', { trackMetrics: false }], ['metricsInterval: 0', { metricsInterval: 0 }]])('%s tells nothing', async (_, options) => {
  const [silent, other] = [open({ metricsInterval: 5, ...options }), open({ metricsInterval: 5 })]
  const listener = jest.fn()
  silent.on('metrics_collected', listener)
  await told(other, 3)
  expect(listener).not.toHaveBeenCalled()
})

test('a destroyed pool tells nothing more', async () => {
  const [gone, other] = [open({ metricsInterval: 5 }), open({ metricsInterval: 5 })]
  await told(gone, 1)
  gone.destroy()
  const listener = jest.fn()
  gone.on('metrics_collected', listener)
  await told(other, 3)
  expect(listener).not.toHaveBeenCalled()
})

test('metrics_collected has no async context of whoever made the pool', async () => {
  const storage = new AsyncLocalStorage()
  const pool = storage.run('request 1', () => open({ metricsInterval: 5 }))
  const store = await new Promise(resolve => pool.once('metrics_collected', () => resolve(storage.getStore())))
  expect(store).toBeUndefined()
})

test('the periodic event holds no process open', async () => {
  const { code, stdout, stderr } = await runChild("new ConnectionPoolManager({ metricsInterval: 5 }).on('metrics_collected', () => {}); console.log('made')")
  expect([code, stdout, stderr]).toEqual([0, 'made\n', ''])
})

test('the periodic event holds no pool in memory', async () => {
  const { code, stderr } = await runChild(`
    const weak = new WeakRef(new ConnectionPoolManager({ metricsInterval: 1 }))
    while (weak.deref() !== undefined) { await new Promise(setImmediate); gc() }`, { flags: ['--expose-gc'] })
  expect([code, stderr]).toEqual([0, ''])
})
