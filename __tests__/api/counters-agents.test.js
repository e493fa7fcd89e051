'use strict'

const http = require('node:http')
const { until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { closedPort, httpServer, serve } = require('../support/servers')

const faulty = serve('fault-server')

beforeEach(() => faulty.reset())

/** A GET through a pool's agent, to whatever end. */
function fetched (pool, url, options = {}) {
  return new Promise(resolve => {
    const request = http.get(url, { agent: pool.getHttpAgent(), ...options }, response => {
      response.resume().on('end', () => resolve('whole')).on('error', () => resolve('broken'))
    })
    request.on('error', () => resolve('failed'))
  })
}

/** The figures once every connection that was opened is gone. */
async function afterwards (pool, created) {
  await until(() => pool.getMetrics().connectionsDestroyed === created)
  const { totalRequests, errors, aborted, connectionsCreated, currentPoolSize } = pool.getMetrics()
  expect(connectionsCreated).toBe((await faulty.stats()).connections.accepted)
  return { totalRequests, errors, aborted, currentPoolSize }
}

test.each([
  ['/reply-then-close', 'announces the end of its connection'],
  ['/close-delimited', 'ends with its connection'],
  ['/http10', 'is of HTTP/1.0']
])('a reply to an agent that %2$s is a whole one (%s)', async path => {
  const pool = open()
  for (let i = 0; i < 3; i++) expect(await fetched(pool, faulty.url(path))).toBe('whole')
  expect(await afterwards(pool, 3)).toEqual({ totalRequests: 3, errors: 0, aborted: 0, currentPoolSize: 0 })
})

test.each([
  '/close-before-head', '/close-in-head', '/close-in-body', '/reset-before-head', '/reset-in-head', '/reset-in-body', '/garbage', '/bad-chunk'
])('a request of an agent that fails by the peer is an error (%s)', async path => {
  const pool = open()
  for (let i = 0; i < 3; i++) expect(await fetched(pool, faulty.url(path))).not.toBe('whole')
  expect(await afterwards(pool, 3)).toEqual({ totalRequests: 3, errors: 3, aborted: 0, currentPoolSize: 0 })
})

test('a request of an agent that cannot connect is an error and no connection', async () => {
  const pool = open()
  expect(await fetched(pool, `http://127.0.0.1:${await closedPort()}/`)).toBe('failed')
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 1, errors: 1, aborted: 0, connectionsCreated: 0 })
})

test('a request of an agent that its caller gives up is aborted', async () => {
  const pool = open()
  const controller = new AbortController()
  const ended = fetched(pool, faulty.url('/stall-before-head'), { signal: controller.signal })
  await until(async () => (await faulty.stats()).stalled === 1)
  controller.abort()
  expect(await ended).toBe('failed')
  expect(await afterwards(pool, 1)).toEqual({ totalRequests: 1, errors: 0, aborted: 1, currentPoolSize: 0 })
})

test('reuse by an agent is what the server saw', async () => {
  const pool = open()
  for (let i = 0; i < 10; i++) expect(await fetched(pool, faulty.url('/ok'))).toBe('whole')
  const { requests, connections } = await faulty.stats()
  const { cachedConnections, connectionsCreated, errors, aborted } = pool.getMetrics()
  expect([connectionsCreated, cachedConnections, errors, aborted]).toEqual([connections.accepted, requests - connections.accepted, 0, 0])
})

test('requests of agents and of the pool wait in one queue, and each that waits is counted once', async () => {
  const { url } = await httpServer((_, reply) => { setTimeout(() => reply.end('x'), 20) })
  const pool = open({ maxSockets: 2 })
  const direct = async () => (await pool.request(url)).body.text()
  await Promise.all([fetched(pool, url), direct(), fetched(pool, url), direct(), fetched(pool, url)])
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 5, poolExhausted: 3, connectionsCreated: 2, errors: 0, aborted: 0 })
})
