'use strict'

const { once } = require('node:events')
const { until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer, serve } = require('../support/servers')

const server = serve('bench-server')

/** @param {import('../../lib/pool').ConnectionPoolManager} pool */
async function get (pool, url = server.url('/json')) {
  const { body } = await pool.request(url)
  await body.text()
}

test('connection_created says where to, and how many are in use and open', async () => {
  const pool = open()
  const created = once(pool, 'connection_created')
  await get(pool)
  expect(await created).toEqual([{ protocol: 'http', origin: `http://127.0.0.1:${server.http}`, active: expect.any(Number), total: 1 }])
})

test('connection_created is emitted once for each connection that the server accepts', async () => {
  await server.reset()
  const pool = open()
  const totals = []
  pool.on('connection_created', ({ total }) => totals.push(total))
  await Promise.all(Array.from({ length: 4 }, () => get(pool, server.url('/delay?ms=20'))))
  const { connections } = await server.stats()
  await until(() => totals.length === connections.accepted)
  expect(totals).toEqual([1, 2, 3, 4])
})

test('a connection over TLS is told with its protocol', async () => {
  const pool = open({ tls: { ca: server.ca } })
  const created = once(pool, 'connection_created')
  await get(pool, `https://localhost:${server.https1}/json`)
  expect(await created).toEqual([expect.objectContaining({ protocol: 'https', origin: `https://localhost:${server.https1}` })])
})

test('connection_freed is emitted when a connection comes back and stays', async () => {
  const pool = open()
  const freed = once(pool, 'connection_freed')
  await get(pool)
  expect(await freed).toEqual([{ protocol: 'http', host: '127.0.0.1', port: server.http, active: 0 }])
})

test('connection_freed is not emitted for a connection that closes', async () => {
  const { url } = await httpServer((_, reply) => reply.setHeader('connection', 'close').end('x'))
  const pool = open()
  const told = []
  pool.on('connection_freed', () => told.push('freed')).on('connection_removed', () => told.push('removed'))
  await get(pool, url)
  await until(() => told.length > 0)
  expect(told).toEqual(['removed'])
})

test('connection_removed names the option that closed an idle connection', async () => {
  const pool = open({ freeSocketTimeout: 20 })
  const removed = once(pool, 'connection_removed')
  await get(pool)
  expect(await removed).toEqual([{ protocol: 'http', host: '127.0.0.1', active: 0, reason: 'idle timeout' }])
})

test('connection_removed tells of an idle connection that the peer closed', async () => {
  const pool = open()
  await get(pool)
  const removed = once(pool, 'connection_removed')
  await server.post('/close-idle')
  expect(await removed).toEqual([{ protocol: 'http', host: '127.0.0.1', active: 0, reason: 'closed by the peer' }])
})

test('connection_removed tells of a connection that broke under its request', async () => {
  const { url } = await httpServer((request) => request.socket.destroy())
  const pool = open()
  const removed = once(pool, 'connection_removed')
  await expect(get(pool, url)).rejects.toMatchObject({ code: 'ECONNRESET' })
  expect(await removed).toEqual([expect.objectContaining({ protocol: 'http', host: '127.0.0.1', active: 0 })])
})

test('created less removed are open, at each event', async () => {
  const pool = open({ maxSocketsPerHost: 3, maxRequestsPerSocket: 2 })
  let standing = 0
  pool.on('connection_created', ({ total }) => { standing++; expect(total).toBeLessThanOrEqual(3) })
  pool.on('connection_removed', () => standing--)
  await Promise.all(Array.from({ length: 20 }, () => get(pool)))
  await until(() => standing === pool.getMetrics().currentPoolSize)
})
