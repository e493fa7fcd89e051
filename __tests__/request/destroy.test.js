'use strict'

const { open } = require('../support/pools')
const { runChild } = require('../support/child')
const { rejection, until } = require('../support/awaiting')
const { serve } = require('../support/servers')

const server = serve('fault-server')

const DESTROYED = { name: 'PoolError', code: 'ERR_POOL_DESTROYED' }

test('destroy() fails what is in flight and what waits', async () => {
  const pool = open({ maxSockets: 1 })
  const asked = [1, 2, 3].map(() => rejection(pool.request(server.url('/stall-before-head'))))
  await until(() => pool.getMetrics().agents.http.pending === 2)
  pool.destroy()
  expect(await Promise.all(asked)).toEqual([1, 2, 3].map(() => expect.objectContaining(DESTROYED)))
})

test('destroy() fails what was asked for in the same tick', async () => {
  const pool = open()
  const asked = rejection(pool.request(server.url('/ok')))
  pool.destroy()
  expect(await asked).toMatchObject(DESTROYED)
})

test('destroy() fails a body that is being read', async () => {
  const pool = open()
  const { body } = await pool.request(server.url('/stall-in-body'))
  const reading = rejection(body.text())
  pool.destroy()
  expect(await reading).toMatchObject(DESTROYED)
})

test('destroy() closes every connection', async () => {
  await server.reset()
  const pool = open()
  await Promise.all([1, 2, 3].map(async () => (await pool.request(server.url('/ok'))).body.text()))
  pool.destroy()
  await until(async () => (await server.stats()).connections.open === 0)
})

test('a request after destroy() is refused', async () => {
  const pool = open()
  await (await pool.request(server.url('/ok'))).body.text()
  pool.destroy()
  expect(await rejection(pool.request(server.url('/ok')))).toMatchObject(DESTROYED)
})

test('destroy() twice is the same as once', () => {
  const pool = open()
  pool.destroy()
  expect(() => pool.destroy()).not.toThrow()
})

test('metrics can be read after destroy()', async () => {
  const pool = open()
  await (await pool.request(server.url('/ok'))).body.text()
  pool.destroy()
  expect(pool.getMetrics().totalRequests).toBe(1)
  expect(pool.getStatus().maxConnections).toBe(50)
})

test('resetMetrics() after destroy() does nothing', () => {
  const pool = open()
  pool.destroy()
  expect(() => pool.resetMetrics()).not.toThrow()
})

test('another pool is not concerned', async () => {
  const [one, other] = [open(), open()]
  const asked = other.request(server.url('/dribble?every=1'))
  one.destroy()
  expect((await asked).statusCode).toBe(200)
})

test('a destroyed pool lets the process exit', async () => {
  const { code, stdout } = await runChild(`
    const pool = new ConnectionPoolManager()
    const asked = pool.request(url).catch(error => error.code)
    setImmediate(() => pool.destroy())
    console.log(await asked)`, { url: server.url('/stall-before-head') })
  expect([code, stdout]).toEqual([0, 'ERR_POOL_DESTROYED\n'])
})
