'use strict'

const { once } = require('node:events')
const { open } = require('../support/pools')
const { rejection, until } = require('../support/awaiting')
const { httpServer, serve, tcpServer } = require('../support/servers')

const server = serve('bench-server')
const faulty = serve('fault-server')

const read = async (pool, url) => (await pool.request(url)).body.text()
/** Options of the server at 127.0.0.1, which `localhost` is not under. */
const here = options => ({ perHostPools: { here: { hosts: ['127.0.0.1'], ...options } } })
const elsewhere = url => url.replace('127.0.0.1', 'localhost')

test('maxSocketsPerHost of hosts holds for them, as the server counts, and for no others', async () => {
  for (const [url, most] of [[server.url('/delay?ms=5'), 1], [elsewhere(server.url('/delay?ms=5')), 4]]) {
    await server.post('/close-idle')
    await until(async () => (await server.stats()).connections.open === 0)
    await server.reset()
    const pool = open({ family: 4, maxSocketsPerHost: 4, ...here({ maxSocketsPerHost: 1 }) })
    await Promise.all(Array.from({ length: 12 }, () => read(pool, url)))
    expect((await server.stats()).connections.peak).toBe(most)
    pool.destroy()
  }
})

test('maxSockets of the pool holds over all hosts', async () => {
  const pool = open({ maxSockets: 2, ...here({ maxSocketsPerHost: 10 }) })
  const asked = Array.from({ length: 12 }, () => read(pool, server.url('/delay?ms=5')))
  await Promise.all(asked)
  expect(pool.getMetrics().peakPoolSize).toBe(2)
})

test('keepAlive: false of hosts is one connection a request', async () => {
  const pool = open({ family: 4, ...here({ keepAlive: false }) })
  for (const url of [server.url('/json'), elsewhere(server.url('/json'))]) for (let i = 0; i < 3; i++) await read(pool, url)
  const { origins } = pool.getMetrics()
  expect(Object.values(origins).map(({ newConnections }) => newConnections)).toEqual([3, 1])
})

test('maxRequestsPerSocket of hosts holds for them alone', async () => {
  const pool = open({ family: 4, ...here({ maxRequestsPerSocket: 2 }) })
  for (const url of [server.url('/json'), elsewhere(server.url('/json'))]) for (let i = 0; i < 4; i++) await read(pool, url)
  expect(Object.values(pool.getMetrics().origins).map(({ newConnections }) => newConnections)).toEqual([2, 1])
})

test('freeSocketTimeout of hosts closes their idle connections', async () => {
  const pool = open({ family: 4, ...here({ freeSocketTimeout: 10 }) })
  await read(pool, elsewhere(server.url('/json')))
  await read(pool, server.url('/json'))
  await until(() => pool.getMetrics().connectionsDestroyed === 1)
  expect(pool.getMetrics().origins[elsewhere(server.url('')).replace(/\/$/, '')].idle).toBe(1)
})

test('keepAliveTimeout of hosts caps what their servers ask for', async () => {
  const { url, server } = await httpServer((_, reply) => reply.end('ok'))
  server.keepAliveTimeout = 30_000
  const pool = open(here({ keepAliveTimeout: 10 }))
  await read(pool, url)
  await until(() => pool.getMetrics().connectionsDestroyed === 1)
})

test('scheduling of hosts is their own', async () => {
  const seen = []
  const { url } = await httpServer(async (request, reply) => {
    seen.push(request.socket.remotePort)
    if (seen.length === 1) await once(request.socket.server, 'second')
    if (seen.length === 2) request.socket.server.emit('second')
    reply.end()
  })
  const pool = open(here({ scheduling: 'fifo' }))
  await Promise.all([1, 2].map(() => read(pool, url)))
  await until(() => pool.getMetrics().agents.http.idle === 2)
  for (let i = 0; i < 4; i++) await read(pool, url)
  // In turn, where 'lifo' would take the same one each time.
  expect(new Set(seen.slice(2, 4)).size).toBe(2)
  expect(seen.slice(4)).toEqual(seen.slice(2, 4))
})

test('a timeout of hosts ends their requests, and one of the request holds over it', async () => {
  const pool = open(here({ headersTimeout: 10 }))
  expect(await rejection(pool.request(faulty.url('/stall-before-head')))).toMatchObject({ code: 'ERR_POOL_HEADERS_TIMEOUT' })
  const { body } = await pool.request(server.url('/delay?ms=50'), { headersTimeout: 0 })
  expect((await body.text()).length).toBe(200)
})

test('a timeout of hosts is not that of others', async () => {
  const pool = open({ family: 4, ...here({ headersTimeout: 10 }) })
  expect((await read(pool, elsewhere(server.url('/delay?ms=50')))).length).toBe(200)
})

test('the timeout of hosts is their bodyTimeout too', async () => {
  const pool = open(here({ timeout: 20 }))
  expect(await rejection(read(pool, faulty.url('/stall-in-body')))).toMatchObject({ code: 'ERR_POOL_BODY_TIMEOUT' })
})

test('connectTimeout of hosts bounds their handshakes', async () => {
  const { port } = await tcpServer(() => {})
  const pool = open(here({ connectTimeout: 20, tls: { rejectUnauthorized: false } }))
  expect(await rejection(pool.request(`https://127.0.0.1:${port}/`))).toMatchObject({ code: 'ERR_POOL_CONNECT_TIMEOUT' })
})

test('tls of hosts is theirs alone', async () => {
  const pool = open({ family: 4, ...here({ tls: { ca: server.ca } }) })
  expect((await read(pool, server.secure('/json'))).length).toBe(200)
  expect(await rejection(pool.request(elsewhere(server.secure('/json'))))).toMatchObject({ phase: 'tls' })
})

test('hosts without tls of their own have the pool\'s', async () => {
  const pool = open({ tls: { ca: server.ca }, ...here({ maxSocketsPerHost: 2 }) })
  expect((await read(pool, server.secure('/json'))).length).toBe(200)
})

test('maxHeadersCount of hosts bounds their replies', async () => {
  const pool = open(here({ maxHeadersCount: 1 }))
  expect(await rejection(pool.request(server.url('/json')))).toMatchObject({ code: 'HPE_HEADER_OVERFLOW' })
})

test('a port tells two services of one host apart', async () => {
  const pool = open({ perHostPools: { a: { hosts: [`127.0.0.1:${server.http}`], keepAlive: false } } })
  for (const url of [server.url('/json'), faulty.url('/ok')]) for (let i = 0; i < 2; i++) await read(pool, url)
  const { origins } = pool.getMetrics()
  expect([server, faulty].map(({ http }) => origins[`http://127.0.0.1:${http}`].newConnections)).toEqual([2, 1])
})

test('localAddress of hosts is where their connections come from', async () => {
  const addresses = []
  const { url } = await httpServer((request, reply) => reply.end(void addresses.push(request.socket.remoteAddress)))
  const pool = open({ family: 4, ...here({ localAddress: '127.0.0.9' }) })
  await read(pool, url)
  await read(pool, elsewhere(url))
  expect(addresses).toEqual(['127.0.0.9', '127.0.0.1'])
})
