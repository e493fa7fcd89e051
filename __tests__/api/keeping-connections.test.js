'use strict'

const { once } = require('node:events')
const { until } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { httpServer, serve } = require('../support/servers')

const server = serve('bench-server')

/** A server that tells from which port it is asked, when it is told to. */
async function portServer (headers = {}) {
  /** @type {Array<() => void>} */
  const held = []
  const { url } = await httpServer((request, reply) => {
    const answer = () => reply.writeHead(200, headers).end(String(request.socket.remotePort))
    if (request.url === '/held') held.push(answer)
    else answer()
  })
  return { url, held }
}

async function portOf (pool, url) {
  return (await pool.request(url)).body.text()
}

/** Two connections, the second of which was given back last. */
async function two (pool) {
  const { url, held } = await portServer()
  const both = [portOf(pool, `${url}/held`), portOf(pool, `${url}/held`)]
  await until(() => held.length === 2)
  held[0]()
  const first = await Promise.race(both)
  held[1]()
  const ports = await Promise.all(both)
  return { url, first, last: ports.find(port => port !== first) }
}

test('scheduling \'lifo\' takes the connection that was used last', async () => {
  const pool = open({ scheduling: 'lifo' })
  const { url, last } = await two(pool)
  expect(await portOf(pool, url)).toBe(last)
})

test('scheduling \'fifo\' takes the connection that has been idle longest', async () => {
  const pool = open({ scheduling: 'fifo' })
  const { url, first } = await two(pool)
  expect(await portOf(pool, url)).toBe(first)
})

test('maxLifetime ends a connection that is never idle for long', async () => {
  const pool = open({ maxLifetime: 100 })
  const { url } = await portServer()
  const removed = once(pool, 'connection_removed')
  const first = await portOf(pool, url)
  await until(async () => await portOf(pool, url) !== first)
  expect(await removed).toEqual([expect.objectContaining({ reason: 'lifetime' })])
})

test('keepAliveTimeout bounds what a server\'s Keep-Alive promises', async () => {
  const pool = open({ keepAliveTimeout: 30 })
  const { url } = await portServer({ 'keep-alive': 'timeout=600' })
  const removed = once(pool, 'connection_removed')
  await portOf(pool, url)
  expect(await removed).toEqual([expect.objectContaining({ reason: 'idle timeout' })])
})

test('a server\'s Keep-Alive replaces freeSocketTimeout', async () => {
  const pool = open({ freeSocketTimeout: 600_000 })
  // A second, less the second that is kept as a margin: no time at all.
  const { url } = await portServer({ 'keep-alive': 'timeout=1' })
  const removed = once(pool, 'connection_removed')
  await portOf(pool, url)
  expect(await removed).toEqual([expect.objectContaining({ reason: 'idle timeout' })])
})

test('maxFreeSockets closes those that have been idle longest, once they are a surplus', async () => {
  const pool = open({ maxFreeSockets: 1 })
  const reasons = []
  pool.on('connection_removed', ({ reason }) => reasons.push(reason))
  const { url, last } = await two(pool)
  expect(pool.getMetrics().currentPoolSize).toBe(2)
  await until(() => pool.getMetrics().currentPoolSize === 1)
  await until(() => reasons.length === 1)
  expect(reasons).toEqual(['surplus'])
  expect(await portOf(pool, url)).toBe(last)
})

test('maxFreeSockets 0 keeps none', async () => {
  const pool = open({ maxFreeSockets: 0 })
  const { url } = await portServer()
  expect(await portOf(pool, url)).not.toBe(await portOf(pool, url))
  await until(() => pool.getMetrics().currentPoolSize === 0)
})

test('maxRequestsPerSocket ends a connection after so many', async () => {
  const pool = open({ maxRequestsPerSocket: 2 })
  const { url } = await portServer()
  const ports = []
  for (let i = 0; i < 4; i++) ports.push(await portOf(pool, url))
  expect(new Set(ports).size).toBe(2)
})

test('destroy leaves no handle behind, with idle, queued and flying requests', async () => {
  const { stdout, code } = await runChild(`
    const own = () => process.getActiveResourcesInfo().filter(name => !/^(TTY|Pipe|TickObject|Immediate)/.test(name))
    const pool = new ConnectionPoolManager({ maxSockets: 2, metricsInterval: 50 })
    pool.on('request_completed', () => {})
    await (await pool.request(url)).body.text()
    const codes = [1, 2, 3].map(() => pool.request(url + '?ms=60000').then(() => 'answered', error => error.code))
    while (pool.getMetrics().agents.http.active < 2) await new Promise(setImmediate)
    pool.destroy()
    pool.destroy()
    console.log(JSON.stringify({ codes: await Promise.all(codes), left: own() }))
  `, { url: server.url('/delay') })
  expect(JSON.parse(stdout)).toEqual({ codes: Array(3).fill('ERR_POOL_DESTROYED'), left: [] })
  expect(code).toBe(0)
})
