'use strict'

// Against the server of Node's http2.

const { once } = require('node:events')
const { constants } = require('node:http2')
const https = require('node:https')
const { httpsServer, http2Server } = require('../support/servers')
const { open } = require('../support/pools')
const { rejection, until } = require('../support/awaiting')
const { Workshop } = require('../support/certificates')

const workshop = new Workshop()
const { cert, key } = workshop.issue('localhost')
const ca = workshop.root.cert

/**
 * A server that says who asked, and a pool that trusts it.
 * @param {any} [options] of the pool
 * @param {import('node:http2').SecureServerOptions} [settings] of the server
 */
async function pair (options, settings) {
  const served = await http2Server({ key, cert, ...settings }, (request, reply) => {
    reply.end(`${request.method} ${request.url} ${request.httpVersion}`)
  })
  return { ...served, pool: open({ tls: { ca }, ...options }) }
}

/**
 * @param {any} pool
 * @param {string} url
 * @param {any} [options]
 */
async function text (pool, url, options) {
  return (await pool.request(url, options)).body.text()
}

/**
 * By one of the pool's agents.
 * @param {any} pool
 * @param {string} url
 * @returns {Promise<string>}
 */
async function byAgent (pool, url) {
  const request = https.get(url, { agent: pool.getHttpsAgent(), ca })
  const [reply] = await once(request, 'response')
  const chunks = []
  for await (const chunk of reply) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('a request goes over HTTP/2 where ALPN gives it', async () => {
  const { pool, url } = await pair()
  expect(await text(pool, `${url}/a?b=c`)).toBe('GET /a?b=c 2.0')
})

test('fetch goes over HTTP/2, where no reply has a status text', async () => {
  const { pool, url } = await pair()
  const reply = await pool.fetch(url)
  expect([reply.status, reply.statusText, await reply.text()]).toEqual([200, '', 'GET / 2.0'])
})

test('allowH2: false offers http/1.1 alone', async () => {
  const { pool, url } = await pair({ allowH2: false }, { allowHTTP1: true })
  expect(await text(pool, url)).toBe('GET / 1.1')
})

test('allowH2: false may stand for some hosts', async () => {
  const tls = { rejectUnauthorized: false }
  const { pool, url, port } = await pair({ tls, perHostPools: { one: { hosts: ['127.0.0.1'], allowH2: false } } }, { allowHTTP1: true })
  expect([await text(pool, url), await text(pool, `https://127.0.0.1:${port}/`)]).toEqual(['GET / 2.0', 'GET / 1.1'])
})

test('a burst to a new origin opens as many connections as its streams need', async () => {
  const { pool, url, sessions } = await pair({}, { settings: { maxConcurrentStreams: 100 } })
  const replies = await Promise.all(Array.from({ length: 1000 }, (_, n) => text(pool, `${url}/${n}`)))
  expect(new Set(replies).size).toBe(1000)
  expect(sessions.length).toBeLessThanOrEqual(10)
  const { connectionsCreated, newConnections, cachedConnections } = pool.getMetrics()
  expect(connectionsCreated).toBeLessThanOrEqual(10)
  expect(newConnections + cachedConnections).toBe(1000)
  expect(newConnections).toBeLessThanOrEqual(connectionsCreated)
})

test('a hundred requests at a time share one connection', async () => {
  const { pool, url, sessions } = await pair()
  await Promise.all(Array.from({ length: 100 }, () => text(pool, url)))
  expect(sessions).toHaveLength(1)
})

test('no more streams are open at a time than the server allows', async () => {
  let now = 0
  let most = 0
  const { url } = await http2Server({ key, cert, settings: { maxConcurrentStreams: 3 } }, (request, reply) => {
    most = Math.max(most, ++now)
    setImmediate(() => { now--; reply.end() })
  })
  const pool = open({ tls: { ca }, maxSocketsPerHost: 1 })
  await text(pool, url)
  await Promise.all(Array.from({ length: 50 }, () => text(pool, url)))
  expect(most).toBe(3)
})

test('no more streams are open at a time than maxConcurrentStreams', async () => {
  const { pool, url, sessions } = await pair({ maxConcurrentStreams: 2, maxSocketsPerHost: 3 })
  const replies = await Promise.all(Array.from({ length: 30 }, () => text(pool, url)))
  expect(replies).toHaveLength(30)
  expect(sessions).toHaveLength(3)
})

test('a burst to a server without HTTP/2 has the connections that it may have', async () => {
  let connections = 0
  const { server, url } = await httpsServer({ key, cert }, (_, reply) => { setTimeout(() => reply.end('one'), 5) })
  server.on('secureConnection', () => connections++)
  const pool = open({ tls: { ca } })
  await Promise.all(Array.from({ length: 100 }, () => text(pool, url)))
  expect(connections).toBe(10)
})

test('agents and request share the connections of a server without HTTP/2', async () => {
  let connections = 0
  const { server, url } = await httpsServer({ key, cert }, (_, reply) => { reply.end('one') })
  server.on('secureConnection', () => connections++)
  const pool = open({ tls: { ca } })
  await text(pool, url)
  await byAgent(pool, url)
  await text(pool, url)
  expect(connections).toBe(1)
})

test('an agent never gets a connection of HTTP/2', async () => {
  const { pool, url } = await pair({}, { allowHTTP1: true })
  await text(pool, url)
  expect(await byAgent(pool, url)).toBe('GET / 1.1')
})

test('a request may take the idle connection of an agent', async () => {
  const { pool, url, sessions } = await pair({}, { allowHTTP1: true })
  await byAgent(pool, url)
  expect(await text(pool, url)).toBe('GET / 1.1')
  expect(sessions).toHaveLength(0)
  expect(pool.getMetrics().connectionsCreated).toBe(1)
})

test('a connection is told of once, and as freed when it carries nothing any more', async () => {
  const { pool, url } = await pair()
  const told = []
  for (const event of ['connection_created', 'connection_freed', 'connection_removed']) pool.on(event, () => told.push(event))
  await Promise.all([text(pool, url), text(pool, url), text(pool, url)])
  await until(() => told.length >= 2)
  expect(told).toEqual(['connection_created', 'connection_freed'])
})

test('maxRequestsPerSocket holds for a connection of many streams', async () => {
  const { pool, url, sessions } = await pair({ maxRequestsPerSocket: 4 })
  for (let n = 0; n < 12; n++) await text(pool, url)
  expect(sessions).toHaveLength(3)
})

test('keepAlive: false gives each request a connection', async () => {
  const { pool, url, sessions } = await pair({ keepAlive: false })
  for (let n = 0; n < 3; n++) await text(pool, url)
  expect(sessions).toHaveLength(3)
})

test('an idle connection is closed with a GOAWAY once its time is over', async () => {
  const { pool, url, sessions } = await pair({ freeSocketTimeout: 20 })
  await text(pool, url)
  const [session] = sessions
  if (!session.destroyed) await once(session, 'close')
  await until(() => pool.getMetrics().currentPoolSize === 0)
})

test('fields that mean something to one connection alone do not go out', async () => {
  const { url } = await http2Server({ key, cert }, (request, reply) => { reply.end(JSON.stringify(request.headers)) })
  const pool = open({ tls: { ca } })
  const headers = JSON.parse(await text(pool, url, { headers: { 'x-own': 'yes', host: 'other.test' } }))
  expect(headers).toMatchObject({ ':authority': 'other.test', ':scheme': 'https', ':path': '/', 'x-own': 'yes' })
  expect(headers).not.toHaveProperty('host')
  expect(headers).not.toHaveProperty('connection')
})

test('destroy fails what is under way and closes the connection', async () => {
  const { url, sessions } = await http2Server({ key, cert }, () => {})
  const pool = open({ tls: { ca } })
  const asked = [pool.request(url), pool.request(url)]
  await until(() => sessions.length === 1)
  pool.destroy()
  for (const one of asked) await expect(one).rejects.toMatchObject({ code: 'ERR_POOL_DESTROYED' })
  const [session] = sessions
  if (!session.destroyed) await once(session, 'close')
})

test('the figures of an origin hold for all of its connections, whatever they speak', async () => {
  const { pool, url } = await pair({}, { allowHTTP1: true })
  await text(pool, url)
  await byAgent(pool, url)
  await until(() => pool.getMetrics().agents.https.idle === 2)
  expect(Object.entries(pool.getMetrics().origins)).toEqual([[url, expect.objectContaining({ idle: 2, totalRequests: 2 })]])
})

test('whoever gives up, whenever, leaves no stream and no connection behind', async () => {
  const { url } = await http2Server({ key, cert, settings: { maxConcurrentStreams: 30 } }, (request, reply) => {
    reply.on('error', () => {})
    setTimeout(() => { reply.write('x'.repeat(10_000)); setTimeout(() => reply.end('y'), 2) }, 2)
  })
  const pool = open({ tls: { ca }, maxSocketsPerHost: 3 })
  const asked = Array.from({ length: 600 }, async (_, n) => {
    const abort = new AbortController()
    if (n % 3 !== 0) setTimeout(() => abort.abort(), n % 40)
    const reply = await pool.request(url, { signal: abort.signal })
    return (await reply.body.text()).length
  })
  const settled = await Promise.allSettled(asked)
  for (const [n, { status, value }] of settled.entries()) {
    if (n % 3 === 0) expect([n, status, value]).toEqual([n, 'fulfilled', 10_001])
  }
  await until(() => pool.getMetrics().agents.https.active === 0)
  const { agents, connectionsCreated, connectionsDestroyed, currentPoolSize } = pool.getMetrics()
  expect([agents.https.pending, connectionsCreated - connectionsDestroyed]).toEqual([0, currentPoolSize])
  expect(currentPoolSize).toBeLessThanOrEqual(3)
  const again = await Promise.all(Array.from({ length: 90 }, () => text(pool, url)))
  expect(again).toHaveLength(90)
})

test('connections opened ahead of time are those that the server chooses', async () => {
  let connections = 0
  const { server, url } = await httpsServer({ key, cert }, (_, reply) => { reply.end('one') })
  server.on('secureConnection', () => connections++)
  const pool = open({ tls: { ca } })
  await pool.preconnect(url, 3)
  expect(pool.getMetrics().agents.https.idle).toBe(3)
  await Promise.all([text(pool, url), text(pool, url), text(pool, url)])
  expect(connections).toBe(3)
  const many = await pair()
  await many.pool.preconnect(many.url, 2)
  expect(many.pool.getMetrics().agents.https.idle).toBe(2)
})

test('without keepAlive each request has a connection of its own', async () => {
  const { pool, url, sessions } = await pair({ keepAlive: false })
  await Promise.all(Array.from({ length: 5 }, () => text(pool, url)))
  expect(sessions).toHaveLength(5)
  await until(() => pool.getMetrics().currentPoolSize === 0)
})

test('a server that wants HTTP/1.1 for a request has it so, and what comes after', async () => {
  let refused = 0
  const { url } = await http2Server({ key, cert, allowHTTP1: true }, (request, reply) => {
    if (request.httpVersionMajor === 1) return reply.end(`${request.method} ${request.url} 1.1`)
    refused++
    request.stream.close(constants.NGHTTP2_HTTP_1_1_REQUIRED)
  })
  const pool = open({ tls: { ca } })
  expect(await text(pool, `${url}/a`, { method: 'POST', body: 'once' })).toBe('POST /a 1.1')
  expect(await Promise.all([1, 2, 3].map(() => text(pool, url)))).toEqual(['GET / 1.1', 'GET / 1.1', 'GET / 1.1'])
  expect(refused).toBe(1)
})

test.each(['1.1', '2.0'])('a host of the caller\'s own goes out as it is over HTTP/%s, and what is none is refused before anything is sent', async version => {
  const { url, server } = await http2Server({ key, cert, allowHTTP1: true }, ({ httpVersion, headers }, reply) => {
    reply.end(`${httpVersion} ${headers[':authority'] ?? headers.host}`)
  })
  const asked = jest.fn()
  server.on('request', asked)
  const pool = open({ tls: { ca }, allowH2: version === '2.0' })
  const hosts = ['a.test', 'A_b.test:80', 'a.test:', '[::1]:8080', '127.0.0.1', "!$&'()*+,;=~"]
  for (const host of hosts) expect(await text(pool, url, { headers: { host } })).toBe(`${version} ${host}`)
  const error = await rejection(pool.request(url, { headers: { host: 'a b' } }))
  expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: "Header 'host' must be a host, with a port or without" })
  expect(asked).toHaveBeenCalledTimes(hosts.length)
})

test('a host that URLs can name and HTTP/2 cannot fails as one that reached nobody', async () => {
  const { port, pool } = await pair({ tls: { rejectUnauthorized: false }, lookup: (_, { all }, done) => all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4) })
  const error = await rejection(pool.request(`https://a{b:${port}/`))
  expect(error).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE', message: 'the host field is no host that HTTP/2 can name', mayHaveBeenProcessed: false })
})
