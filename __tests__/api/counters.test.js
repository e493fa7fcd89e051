'use strict'

const { once } = require('node:events')
const http = require('node:http')
const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { closedPort, httpServer, serve, tcpServer } = require('../support/servers')

const server = serve('bench-server')
const faulty = serve('fault-server')

beforeEach(async () => {
  // What earlier tests left open would be counted with this one's.
  await server.post('/close-idle')
  await until(async () => (await server.stats()).connections.open === 0)
  await server.reset()
})

async function get (pool, path = '/json', options = {}) {
  const { body } = await pool.request(server.url(path), options)
  await body.text()
}

/** What holds of a pool at every moment. */
function expectSound ({ connectionsCreated, connectionsDestroyed, detached, currentPoolSize, poolUtilization, agents }) {
  expect(connectionsCreated - connectionsDestroyed - detached).toBe(currentPoolSize)
  expect(poolUtilization).toBeGreaterThanOrEqual(0)
  expect(poolUtilization).toBeLessThanOrEqual(100)
  expect(agents.http.total + agents.https.total).toBe(currentPoolSize)
}

/** Holds a pool's figures against the server's, once no request is under way. */
async function expectAgreement (pool, requests) {
  const metrics = pool.getMetrics()
  expectSound(metrics)
  const { connections, requests: seen } = await server.stats()
  expect(metrics.connectionsCreated).toBe(connections.accepted)
  expect(metrics.totalRequests).toBe(requests)
  expect(metrics.cachedConnections).toBe(seen - connections.accepted)
  return metrics
}

test('one after the other: one connection, and all but the first reuse it', async () => {
  const pool = open()
  for (let i = 0; i < 20; i++) {
    await get(pool)
    expectSound(pool.getMetrics())
  }
  const metrics = await expectAgreement(pool, 20)
  expect(metrics).toMatchObject({ newConnections: 1, connectionReuse: 19, connectionReuseRate: 95, poolExhausted: 0, peakPoolSize: 1 })
})

test('many at a time: as many connections as the server saw, and as many waits as did not fit', async () => {
  const pool = open({ maxSockets: 5 })
  const all = Array.from({ length: 50 }, () => get(pool, '/delay?ms=5'))
  const watched = setInterval(() => expectSound(pool.getMetrics()), 1)
  await Promise.all(all)
  clearInterval(watched)
  const metrics = await expectAgreement(pool, 50)
  expect(metrics).toMatchObject({ connectionsCreated: 5, poolExhausted: 45, peakPoolSize: 5 })
})

test('utilization is what is in use of what may be', async () => {
  const pool = open({ maxSockets: 4 })
  const held = [1, 2, 3].map(() => get(pool, '/delay?ms=100'))
  await until(() => pool.getMetrics().agents.http.active === 3)
  expect(pool.getMetrics().poolUtilization).toBe(75)
  await Promise.all(held)
  expect(pool.getMetrics().poolUtilization).toBe(0)
})

test('requests that fail to connect create no connection', async () => {
  const pool = open()
  const dead = await closedPort()
  await Promise.all(Array.from({ length: 5 }, () => rejection(pool.request(`http://127.0.0.1:${dead}/`))))
  expectSound(pool.getMetrics())
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 5, errors: 5, timeouts: 0, connectionsCreated: 0, currentPoolSize: 0 })
})

test('requests that break in flight destroy theirs', async () => {
  await faulty.reset()
  const pool = open()
  for (let i = 0; i < 5; i++) await rejection(pool.request(faulty.url('/reset-before-head')))
  await until(() => pool.getMetrics().currentPoolSize === 0)
  const metrics = pool.getMetrics()
  expectSound(metrics)
  expect(metrics).toMatchObject({ totalRequests: 5, errors: 5, connectionsCreated: 5, connectionsDestroyed: 5 })
})

test('a time that ran out is an error and a timeout', async () => {
  const pool = open()
  await rejection(get(pool, '/delay?ms=10000', { headersTimeout: 20 }))
  expectSound(pool.getMetrics())
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 1, errors: 1, timeouts: 1 })
})

test('aborted requests are neither errors nor open connections', async () => {
  const pool = open({ maxSockets: 3 })
  const controllers = Array.from({ length: 3 }, () => new AbortController())
  const failed = controllers.map(({ signal }) => rejection(get(pool, '/delay?ms=10000', { signal })))
  await until(() => pool.getMetrics().agents.http.active === 3)
  for (const controller of controllers) controller.abort()
  await Promise.all(failed)
  await until(() => pool.getMetrics().currentPoolSize === 0)
  const metrics = pool.getMetrics()
  expectSound(metrics)
  expect(metrics).toMatchObject({ aborted: 3, errors: 0, connectionsCreated: 3, connectionsDestroyed: 3 })
})

test('a request that is sent again is one request and two connections', async () => {
  let accepted = 0
  const { url } = await tcpServer(socket => {
    accepted++
    let requests = 0
    socket.on('data', () => {
      if (++requests > 1) return socket.destroy()
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  const pool = open()
  for (let i = 0; i < 2; i++) await (await pool.request(url)).body.text()
  const metrics = pool.getMetrics()
  expectSound(metrics)
  expect(metrics).toMatchObject({ totalRequests: 2, resent: 1, errors: 0, connectionsCreated: 2, connectionsDestroyed: 1 })
  expect(accepted).toBe(2)
})

test('connections that their peer closed between two requests are counted', async () => {
  const pool = open()
  await get(pool)
  for (let i = 0; i < 5; i++) {
    await server.post('/close-idle')
    await get(pool)
  }
  const metrics = pool.getMetrics()
  expectSound(metrics)
  expect(metrics).toMatchObject({ totalRequests: 6, errors: 0 })
  expect(metrics.connectionsCreated).toBe((await server.stats()).connections.accepted)
})

test('of a pool that is destroyed the figures stay, with nothing open and nothing lost', async () => {
  const pool = open({ maxSockets: 2 })
  const failed = Array.from({ length: 4 }, () => rejection(get(pool, '/delay?ms=10000')))
  await until(() => pool.getMetrics().agents.http.active === 2)
  const before = pool.getMetrics()
  expectSound(before)
  pool.destroy()
  expect((await Promise.all(failed)).map(({ code }) => code)).toEqual(Array(4).fill('ERR_POOL_DESTROYED'))
  await until(() => pool.getMetrics().errors === 4)
  const after = pool.getMetrics()
  expectSound(after)
  expect(after).toMatchObject({ totalRequests: 4, errors: 4, currentPoolSize: 0, poolUtilization: 0, connectionsCreated: 2, connectionsDestroyed: 2 })
  expect(pool.getStatus()).toMatchObject({ healthy: true, activeConnections: 0 })
  expect(after.connectionsCreated).toBe((await server.stats()).connections.accepted)
  await until(async () => (await server.stats()).connections.open === 0)
})

test('an origin of which nothing was measured yet has figures of naught', async () => {
  const pool = open()
  await get(pool, '/json')
  pool.resetMetrics()
  const [figures] = Object.values(pool.getMetrics().origins)
  expect(figures).toMatchObject({ totalRequests: 0, connectionReuseRate: 0, responseTime: { p50: 0 }, phases: {}, idle: 1 })
})

test('a connection that leaves the pool is detached and not destroyed', async () => {
  const { server: origin, url } = await httpServer(() => {})
  origin.on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
    socket.pipe(socket)
  })
  const pool = open()
  const request = http.get(url, { agent: pool.getHttpAgent(), headers: { connection: 'Upgrade', upgrade: 'x' } })
  const [, socket] = await once(request, 'upgrade')
  await until(() => pool.getMetrics().detached === 1)
  expectSound(pool.getMetrics())
  socket.destroy()
})

test('resetMetrics forgets the requests and keeps the connections and the peak', async () => {
  const pool = open()
  await Promise.all([get(pool, '/delay?ms=5'), get(pool, '/delay?ms=5')])
  pool.resetMetrics()
  const metrics = pool.getMetrics()
  expectSound(metrics)
  expect(metrics).toMatchObject({ totalRequests: 0, connectionReuse: 0, connectionsCreated: 2, currentPoolSize: 2, peakPoolSize: 2 })
  expect(metrics.origins[`http://127.0.0.1:${server.http}`].totalRequests ?? 0).toBe(0)
})

test('the figures of an origin follow its requests, however often they are asked for', async () => {
  const pool = open()
  const figures = () => pool.getMetrics().origins[`http://127.0.0.1:${server.http}`]
  for (let i = 1; i <= 3; i++) {
    await get(pool)
    expect(figures()).toMatchObject({ totalRequests: i, connectionReuse: i - 1, idle: 1, active: 0, total: 1 })
    expect(figures().phases.total.count).toBe(i)
    expect(figures()).toEqual(figures())
  }
})
