'use strict'

// What host-pools.test.js does not have: each option that hosts may have for themselves holds for them, and for no others.

const { once } = require('node:events')
const { open } = require('../support/pools')
const { rejection, until } = require('../support/awaiting')
const { httpServer, serve } = require('../support/servers')

const server = serve('bench-server')
const faulty = serve('fault-server')

const read = async (pool, url) => (await pool.request(url)).body.text()
/** A pool with options of the server at 127.0.0.1, which `localhost` is not under. */
const openHere = (options, others = {}) => open({ family: 4, ...others, perHostPools: { here: { hosts: ['127.0.0.1'], ...options } } })
const elsewhere = url => url.replace('127.0.0.1', 'localhost')

test.each([
  ['bodyTimeout', 'ERR_POOL_BODY_TIMEOUT', '/drip?n=2&every=200'],
  ['requestTimeout', 'ERR_POOL_REQUEST_TIMEOUT', '/delay?ms=200']
])('%s of hosts ends their requests and no others', async (name, code, path) => {
  const pool = openHere({ [name]: 40 })
  expect(await rejection(read(pool, server.url(path)))).toMatchObject({ code })
  expect((await read(pool, elsewhere(server.url(path)))).length).toBeGreaterThan(0)
})

test('queueTimeout of hosts bounds their waits and no others', async () => {
  const pool = openHere({ queueTimeout: 40 }, { maxSocketsPerHost: 1 })
  const [here, there] = [server.url('/delay?ms=200'), elsewhere(server.url('/delay?ms=200'))]
  const outcomes = await Promise.allSettled([here, here, there, there].map(url => read(pool, url)))
  expect(outcomes.map(({ status, reason }) => reason?.code ?? status)).toEqual(['fulfilled', 'ERR_POOL_QUEUE_TIMEOUT', 'fulfilled', 'fulfilled'])
})

test('maxLifetime of hosts ends their connections and no others', async () => {
  const pool = openHere({ maxLifetime: 50 })
  const { url } = await httpServer((request, reply) => reply.end(String(request.socket.remotePort)))
  const [first, other] = [await read(pool, url), await read(pool, elsewhere(url))]
  const removed = once(pool, 'connection_removed')
  await until(async () => await read(pool, url) !== first)
  expect(await removed).toEqual([expect.objectContaining({ host: '127.0.0.1', reason: 'lifetime' })])
  expect(await read(pool, elsewhere(url))).toBe(other)
})

test('maxHeaderSize of hosts bounds their heads and no others', async () => {
  const pool = openHere({ maxHeaderSize: 8192 })
  const url = faulty.url('/headers?count=10&size=2000')
  expect(await rejection(pool.request(url))).toMatchObject({ code: 'HPE_HEADER_OVERFLOW' })
  expect((await pool.request(elsewhere(url))).statusCode).toBe(200)
})

test('family of hosts is what they are dialled by', async () => {
  const { port } = await httpServer((_, reply) => reply.end('x'))
  const pool = open({ family: 6, perHostPools: { here: { hosts: [`localhost:${port}`], family: 4 } } })
  expect(await read(pool, `http://localhost:${port}/`)).toBe('x')
})
