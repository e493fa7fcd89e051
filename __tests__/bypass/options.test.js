'use strict'

const { once } = require('node:events')
const http = require('node:http')
const { rejection, until } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { httpServer, serve } = require('../support/servers')
const { open } = require('./pools')

const server = serve('bench-server')

const read = async (pool, url) => (await pool.request(url)).body.text()
const idle = pool => Object.values(pool.getHttpAgent().freeSockets).flat().length
const elsewhere = url => url.replace('127.0.0.1', 'localhost')

/** A server that tells from which port it is asked. */
async function portServer (headers = {}) {
  const { url } = await httpServer((request, reply) => reply.writeHead(200, headers).end(`${request.socket.remotePort} ${request.headers.connection}`))
  return url
}

test('a connection is kept, with keepAlive', async () => {
  const pool = open()
  const url = await portServer()
  expect(await read(pool, url)).toBe(await read(pool, url))
})

test('keepAlive: false says so and keeps none', async () => {
  const pool = open({ keepAlive: false })
  const url = await portServer()
  const [first, second] = [await read(pool, url), await read(pool, url)]
  expect([first, second]).toEqual([expect.stringMatching(/ close$/), expect.stringMatching(/ close$/)])
  expect([first === second, idle(pool)]).toEqual([false, 0])
})

test('keepAlive: false holds for the agents', async () => {
  const pool = open({ keepAlive: false })
  const [response] = await once(http.get(await portServer(), { agent: pool.getHttpAgent() }), 'response')
  const chunks = await response.toArray()
  expect(Buffer.concat(chunks).toString()).toMatch(/ close$/)
})

test('maxFreeSockets 0 keeps none', async () => {
  const pool = open({ maxFreeSockets: 0 })
  await read(pool, await portServer())
  expect(idle(pool)).toBe(0)
})

test('freeSocketTimeout lets an idle connection go', async () => {
  const pool = open({ freeSocketTimeout: 20 })
  await read(pool, server.url('/json'))
  await until(() => idle(pool) === 0)
})

test('a server\'s Keep-Alive replaces freeSocketTimeout', async () => {
  const pool = open()
  await read(pool, await portServer({ 'keep-alive': 'timeout=1' }))
  expect(idle(pool)).toBe(0)
})

test('keepAliveTimeout bounds what a server\'s Keep-Alive promises', async () => {
  const pool = open({ keepAliveTimeout: 20 })
  await read(pool, await portServer({ 'keep-alive': 'timeout=600' }))
  await until(() => idle(pool) === 0)
})

test('a connection that is taken again has the timeout of one in use', async () => {
  const pool = open({ freeSocketTimeout: 40, timeout: 0 })
  await read(pool, server.url('/json'))
  expect((await read(pool, server.url('/delay?ms=150'))).length).toBe(200)
  expect(pool.getHttpAgent().totalSocketCount).toBeLessThanOrEqual(1)
})

test('maxHeaderSize bounds the head of a reply', async () => {
  const url = await portServer({ 'x-long': 'x'.repeat(10_000) })
  expect(await rejection(open({ maxHeaderSize: 8192 }).request(url))).toMatchObject({ code: 'HPE_HEADER_OVERFLOW' })
})

test('maxHeadersCount bounds the fields of a reply, of which none is left out', async () => {
  const headers = Object.fromEntries(Array.from({ length: 2_100 }, (_, i) => [`x-${i}`, '1']))
  const url = await portServer({ ...headers, 'x-last': 'here' })
  expect(await rejection(open({ maxHeadersCount: 2_000 }).request(url))).toMatchObject({ code: 'HPE_HEADER_OVERFLOW', phase: 'head' })
  expect((await open({ maxHeadersCount: 3_000 }).request(url)).headers['x-last']).toBe('here')
})

test('what Node refuses to send fails as a request does', async () => {
  const pool = open()
  const refused = pool.request(server.url('/echo'), { method: 'POST', body: 'x', headers: { trailer: 'x-sum' } })
  expect(await rejection(refused)).toMatchObject({ name: 'PoolError', code: 'ERR_HTTP_TRAILER_INVALID', mayHaveBeenProcessed: false })
  await pool.drain()
})

test('a head as long as the pool takes is taken, though Node\'s own limit is lower', async () => {
  const { statusCode } = await open().request(await portServer({ 'x-long': 'x'.repeat(40_000) }))
  expect(statusCode).toBe(200)
})

test('timeouts of some hosts hold for them alone', async () => {
  const pool = open({ family: 4, perHostPools: { here: { hosts: ['127.0.0.1'], headersTimeout: 20 } } })
  expect(await rejection(pool.request(server.url('/delay?ms=60000')))).toMatchObject({ code: 'ERR_POOL_HEADERS_TIMEOUT' })
  expect((await read(pool, elsewhere(server.url('/delay?ms=100')))).length).toBe(200)
})

test('the timeout of some hosts is their bodyTimeout too', async () => {
  const pool = open({ perHostPools: { here: { hosts: ['127.0.0.1'], timeout: 20 } } })
  expect(await rejection(read(pool, server.url('/drip?n=3&every=1000')))).toMatchObject({ code: 'ERR_POOL_BODY_TIMEOUT' })
})

test('tls of some hosts is theirs alone', async () => {
  const pool = open({ family: 4, perHostPools: { here: { hosts: ['127.0.0.1'], tls: { ca: server.ca } } } })
  expect((await read(pool, `https://127.0.0.1:${server.https1}/json`)).length).toBe(200)
  expect(await rejection(pool.request(`https://localhost:${server.https1}/json`))).toMatchObject({ code: expect.stringMatching(/CERT|SIGNED|ISSUER|LEAF/) })
})

test('NODE_TLS_REJECT_UNAUTHORIZED turns no verification off', async () => {
  const { stdout } = await runChild(`
    Object.assign(process.env, { RAG_POOL_BYPASS: '1', NODE_TLS_REJECT_UNAUTHORIZED: '0' })
    await new ConnectionPoolManager().request(url).then(() => console.log('trusted'), () => console.log('refused'))
  `, { url: `https://localhost:${server.https1}/json` })
  expect(stdout).toBe('refused\n')
})
