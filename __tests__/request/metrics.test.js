'use strict'

const { open } = require('../support/pools')
const { rejection, until } = require('../support/awaiting')
const { serve } = require('../support/servers')

const server = serve('bench-server')
const faulty = serve('fault-server')

const read = async (pool, url, options) => (await pool.request(url, options)).body.text()

test('getMetrics has every figure of the contract, as a number', () => {
  const metrics = open().getMetrics()
  for (const name of ['totalRequests', 'cachedConnections', 'newConnections', 'connectionReuse', 'connectionReuseRate', 'timeouts', 'errors',
    'avgResponseTime', 'totalResponseTime', 'poolExhausted', 'connectionsCreated', 'connectionsDestroyed', 'currentPoolSize', 'peakPoolSize',
    'poolUtilization', 'detached', 'oldestWaitMs']) {
    expect([name, metrics[name]]).toEqual([name, 0])
  }
  expect(metrics).toMatchObject({
    responseTime: { avg: 0, p50: 0, p95: 0, p99: 0 },
    agents: { http: { active: 0, idle: 0, pending: 0, total: 0 }, https: { active: 0, idle: 0, pending: 0, total: 0 } },
    config: { maxSockets: 50, maxFreeSockets: 10, timeout: 30000 },
    origins: {}
  })
})

test('getStatus has every figure of the contract', () => {
  expect(open({ maxSockets: 7 }).getStatus()).toEqual({
    healthy: true, utilization: 0, activeConnections: 0, maxConnections: 7, connectionReuse: 0, avgResponseTime: 0, errors: 0, timeouts: 0
  })
})

test('getReport has the five sections', () => {
  const report = open().getReport()
  for (const section of ['Connection Pool Report', 'Performance Metrics', 'Connection Stats', 'Errors', 'Agent Stats']) expect(report).toContain(section)
})

test('a pool that is nearly full is not healthy', async () => {
  const pool = open({ maxSockets: 1 })
  pool.request(faulty.url('/stall-before-head')).catch(() => {})
  await until(() => pool.getMetrics().agents.http.active === 1)
  expect(pool.getStatus()).toMatchObject({ healthy: false, utilization: 100, activeConnections: 1 })
  expect(pool.getReport()).toContain('Warning ⚠')
})

test('requests and reuse are counted as the server counted them', async () => {
  await server.reset()
  const pool = open()
  for (let i = 0; i < 10; i++) await read(pool, server.url('/json'))
  const { connections, requests } = await server.stats()
  expect([connections.accepted, requests]).toEqual([1, 10])
  expect(pool.getMetrics()).toMatchObject({
    totalRequests: 10, cachedConnections: 9, newConnections: 1, connectionReuse: 9, connectionReuseRate: 90, connectionsCreated: 1, currentPoolSize: 1, peakPoolSize: 1
  })
})

test('an origin has the same figures as its own', async () => {
  const pool = open()
  await read(pool, server.url('/json'))
  await read(pool, faulty.url('/ok'))
  const { origins } = pool.getMetrics()
  expect(Object.keys(origins).sort()).toEqual([server.url('').replace(/\/$/, ''), faulty.url('').replace(/\/$/, '')].sort())
  expect(origins[new URL(server.url()).origin]).toMatchObject({ totalRequests: 1, newConnections: 1, errors: 0, idle: 1, total: 1 })
})

test('errors are counted once each', async () => {
  const pool = open()
  await rejection(pool.request(faulty.url('/close-before-head')))
  await rejection(read(pool, faulty.url('/close-in-body')))
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 2, errors: 2, timeouts: 0 })
})

test('response times are of the order of the wait', async () => {
  const pool = open()
  await read(pool, server.url('/delay?ms=60'))
  const { responseTime, avgResponseTime, totalResponseTime } = pool.getMetrics()
  expect(Math.min(responseTime.p50, responseTime.p99, avgResponseTime, totalResponseTime)).toBeGreaterThanOrEqual(59)
})

test('trackMetrics: false keeps the counters and leaves the times', async () => {
  const pool = open({ trackMetrics: false })
  await read(pool, server.url('/json'))
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 1, responseTime: { p50: 0, p99: 0 } })
})

test('resetMetrics forgets what was counted and keeps what is open', async () => {
  const pool = open()
  await Promise.all([1, 2, 3].map(() => read(pool, server.url('/json'))))
  const { currentPoolSize, peakPoolSize } = pool.getMetrics()
  pool.resetMetrics()
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 0, totalResponseTime: 0, currentPoolSize, peakPoolSize })
})

test('created − destroyed − detached are open, whatever happens', async () => {
  const pool = open({ maxSocketsPerHost: 5 })
  const paths = ['/ok', '/close-before-head', '/close-in-body', '/reply-then-close', '/garbage', '/204', '/reply-then-close?announce=0', '/reset-in-body', '/bad-coding']
  await Promise.allSettled(Array.from({ length: 90 }, (_, i) => read(pool, faulty.url(paths[i % paths.length]))))
  const { connectionsCreated, connectionsDestroyed, detached, currentPoolSize, agents } = pool.getMetrics()
  expect([connectionsCreated - connectionsDestroyed - detached, agents.http.total]).toEqual([currentPoolSize, currentPoolSize])
})

test('connections are created as the server accepted them', async () => {
  await faulty.reset()
  const pool = open({ maxSocketsPerHost: 5 })
  const paths = ['/ok', '/close-before-head', '/reply-then-close', '/204', '/reset-in-body']
  await Promise.allSettled(Array.from({ length: 60 }, (_, i) => read(pool, faulty.url(paths[i % paths.length]))))
  await until(async () => (await faulty.stats()).connections.accepted === pool.getMetrics().connectionsCreated)
})

test('maxSocketsPerHost holds as the server counts', async () => {
  await server.reset()
  const pool = open({ maxSocketsPerHost: 3 })
  await Promise.all(Array.from({ length: 60 }, () => read(pool, server.url('/delay?ms=5'))))
  const { connections } = await server.stats()
  expect([connections.accepted, pool.getMetrics().peakPoolSize]).toEqual([3, 3])
  expect(pool.getMetrics().poolExhausted).toBeGreaterThan(0)
})

test('maxSockets holds over all hosts', async () => {
  const pool = open({ maxSockets: 4, maxSocketsPerHost: 4 })
  let most = 0
  const watch = setInterval(() => { most = Math.max(most, pool.getMetrics().currentPoolSize) }, 1)
  await Promise.all(Array.from({ length: 80 }, (_, i) => read(pool, i % 2 ? server.url('/delay?ms=2') : faulty.url('/ok'))))
  clearInterval(watch)
  expect([most <= 4, pool.getMetrics().peakPoolSize]).toEqual([true, 4])
})

test('maxFreeSockets: 0 keeps no connection', async () => {
  const pool = open({ maxFreeSockets: 0 })
  await read(pool, server.url('/json'))
  await until(() => pool.getMetrics().currentPoolSize === 0)
})

test('freeSocketTimeout lets an idle connection go', async () => {
  const pool = open({ freeSocketTimeout: 30 })
  await read(pool, server.url('/json'))
  await until(() => pool.getMetrics().currentPoolSize === 0)
  expect(pool.getMetrics().connectionsDestroyed).toBe(1)
})

test('keepAlive: false takes a connection a request', async () => {
  const pool = open({ keepAlive: false })
  for (let i = 0; i < 3; i++) await read(pool, server.url('/json'))
  expect(pool.getMetrics()).toMatchObject({ connectionsCreated: 3, cachedConnections: 0 })
})

test('maxRequestsPerSocket bounds what a connection serves', async () => {
  const pool = open({ maxRequestsPerSocket: 2 })
  for (let i = 0; i < 6; i++) await read(pool, server.url('/json'))
  expect(pool.getMetrics().connectionsCreated).toBe(3)
})
