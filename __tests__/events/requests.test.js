'use strict'

const { once } = require('node:events')
const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { closedPort, httpServer, serve } = require('../support/servers')

const server = serve('bench-server')

/** @param {import('../../lib/pool').ConnectionPoolManager} pool */
async function get (pool, url = server.url('/json')) {
  const { body } = await pool.request(url)
  await body.text()
}

test('request_completed tells how long it took, the average and how many were served by a reused connection', async () => {
  const pool = open()
  const told = []
  pool.on('request_completed', payload => told.push(payload))
  await get(pool)
  await get(pool)
  await until(() => told.length === 2)
  const { avgResponseTime } = pool.getMetrics()
  expect(told).toEqual([
    { duration: expect.any(Number), avgResponseTime: told[0].duration, connectionReuse: 0 },
    { duration: expect.any(Number), avgResponseTime, connectionReuse: 1 }
  ].map(({ avgResponseTime, ...rest }) => ({ ...rest, avgResponseTime: expect.closeTo(avgResponseTime, 2) })))
  expect(told[0].duration).toBeGreaterThan(0)
})

test('request_error carries the very error that the caller got', async () => {
  const pool = open()
  const heard = once(pool, 'request_error')
  const error = await rejection(pool.request(`http://127.0.0.1:${await closedPort()}/`))
  const [payload] = await heard
  expect(payload).toEqual({ error, type: 'error', totalErrors: 1 })
  expect(payload.error).toBe(error)
})

test('request_error calls a time that ran out a timeout', async () => {
  const pool = open()
  const heard = once(pool, 'request_error')
  await rejection(pool.request(server.url('/delay?ms=5000'), { headersTimeout: 20 }))
  expect(await heard).toEqual([expect.objectContaining({ type: 'timeout' })])
})

test('request_error tells of a body that broke after its head', async () => {
  const { url } = await httpServer((request, reply) => {
    reply.writeHead(200, { 'content-length': 10 })
    reply.write('x', () => request.socket.destroy())
  })
  const pool = open()
  const heard = once(pool, 'request_error')
  const { body } = await pool.request(url)
  const error = await rejection(body.text())
  expect((await heard)[0].error).toBe(error)
})

test('a request that its caller aborts is no error', async () => {
  const pool = open()
  let heard = 0
  pool.on('request_error', () => heard++)
  const controller = new AbortController()
  const failed = rejection(pool.request(server.url('/delay?ms=5000'), { signal: controller.signal }))
  await until(() => pool.getStatus().activeConnections === 1)
  controller.abort()
  await failed
  await until(() => pool.getMetrics().aborted === 1)
  await get(pool)
  expect(heard).toBe(0)
})

test('pool_exhausted is emitted for each request that has to wait at a limit', async () => {
  const pool = open({ maxSockets: 2 })
  const told = []
  pool.on('pool_exhausted', payload => told.push(payload))
  await Promise.all(Array.from({ length: 5 }, () => get(pool, server.url('/delay?ms=20'))))
  await until(() => told.length === 3)
  expect(told.map(({ exhaustedCount }) => exhaustedCount)).toEqual([1, 2, 3])
  expect(told[0]).toEqual({ maxSockets: 2, active: expect.any(Number), exhaustedCount: 1 })
  expect(pool.getMetrics().poolExhausted).toBe(3)
})

test('a request that only waits for its own dial exhausts nothing', async () => {
  const pool = open({ maxSockets: 2 })
  let heard = 0
  pool.on('pool_exhausted', () => heard++)
  await Promise.all([get(pool), get(pool)])
  await get(pool)
  expect(heard).toBe(0)
})

test('high_utilization is emitted once when more than four fifths are in use', async () => {
  const pool = open({ maxSockets: 5 })
  const told = []
  pool.on('high_utilization', payload => told.push(payload))
  await Promise.all(Array.from({ length: 4 }, () => get(pool, server.url('/delay?ms=20'))))
  expect(told).toEqual([])
  await Promise.all(Array.from({ length: 8 }, () => get(pool, server.url('/delay?ms=20'))))
  expect(told).toEqual([{ utilization: 100, active: 5, max: 5 }])
})

test('high_utilization is emitted again after the pool was less busy', async () => {
  const pool = open({ maxSockets: 1 })
  let heard = 0
  pool.on('high_utilization', () => heard++)
  await get(pool)
  await get(pool)
  await until(() => heard === 2)
})

test('high_error_rate is emitted when more than a twentieth of the requests failed', async () => {
  const pool = open()
  const told = []
  pool.on('high_error_rate', payload => told.push(payload))
  for (let i = 0; i < 19; i++) await get(pool)
  const dead = `http://127.0.0.1:${await closedPort()}/`
  await rejection(pool.request(dead))
  await get(pool)
  expect(told).toEqual([])
  await rejection(pool.request(dead))
  await until(() => told.length === 1)
  expect(told).toEqual([{ errorRate: (2 / 22) * 100, errors: 2, requests: 22 }])
})

test('high_error_rate counts what was tracked by hand', async () => {
  const pool = open()
  const heard = once(pool, 'high_error_rate')
  pool.trackError(new Error('no'))
  expect(await heard).toEqual([{ errorRate: 100, errors: 1, requests: 1 }])
})

test.each([
  ['text()', async (pool, url, signal) => (await pool.request(url, { signal })).body.text()],
  ['a stream', async (pool, url, signal) => { for await (const chunk of (await pool.request(url, { signal })).body) expect(chunk.length).toBeGreaterThan(0) }],
  ["fetch's text()", async (pool, url, signal) => (await pool.fetch(url, { signal })).text()]
])('who aborts while he reads has aborted, and failed nothing: %s', async (_, read) => {
  const pool = open()
  const told = []
  pool.on('request_error', payload => told.push(payload))
  const control = new AbortController()
  setTimeout(() => control.abort(), 30)
  expect((await rejection(read(pool, server.url('/drip?n=100000&every=2'), control.signal))).name).toBe('AbortError')
  await until(() => pool.getMetrics().aborted === 1)
  await get(pool)
  expect([told, pool.getMetrics().errors]).toEqual([[], 0])
})
