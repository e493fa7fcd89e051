'use strict'

const { once } = require('node:events')
const http = require('node:http')
const https = require('node:https')
const { crc32 } = require('node:zlib')
const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { closedPort, httpServer, serve, tcpServer } = require('../support/servers')
const { runChild } = require('../support/child')
const { exchange } = require('./exchange')

const server = serve('bench-server')

test('getHttpAgent gives an http.Agent, and always the same', () => {
  const pool = open()
  expect(pool.getHttpAgent()).toBeInstanceOf(http.Agent)
  expect(pool.getHttpAgent()).toBe(pool.getHttpAgent())
})

test('getHttpsAgent gives an https.Agent, and always the same', () => {
  const pool = open()
  expect(pool.getHttpsAgent()).toBeInstanceOf(https.Agent)
  expect(pool.getHttpsAgent()).toBe(pool.getHttpsAgent())
})

test('an agent shows the limits of its pool', () => {
  const agent = open({ maxSocketsPerHost: 7, maxFreeSockets: 3, keepAliveMsecs: 2000 }).getHttpAgent()
  expect(agent).toMatchObject({ keepAlive: true, keepAliveMsecs: 2000, maxSockets: 7, maxFreeSockets: 3 })
})

test.each([['http://a.test/', 'getHttpAgent'], ['https://a.test/', 'getHttpsAgent']])('getAgentForUrl chooses the agent of %s', (url, name) => {
  const pool = open()
  expect(pool.getAgentForUrl(url)).toBe(pool[name]())
  expect(pool.getAgentForUrl(new URL(url))).toBe(pool[name]())
})

test.each(['ftp://a.test/', 'a.test', '', null, undefined, 5, {}])('getAgentForUrl refuses %p', url => {
  expect(() => open().getAgentForUrl(url)).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_URL', message: expect.stringMatching(/^url must be an absolute http: or https: URL; received /) }))
})

test('agents_initialized carries both agents, once', () => {
  const pool = open()
  const told = []
  pool.on('agents_initialized', payload => told.push(payload))
  const [plain, secure] = [pool.getHttpAgent(), pool.getHttpsAgent()]
  expect(told).toEqual([{ http: plain, https: secure }])
})

test('http.get through the agent is carried by the pool', async () => {
  const pool = open()
  const { status, body } = await exchange(server.url('/json'), { agent: pool.getHttpAgent() })
  expect([status, body.length]).toEqual([200, 200])
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 1, connectionsCreated: 1, errors: 0 })
})

test('https.get through the agent is carried by the pool, with its trust', async () => {
  const pool = open({ tls: { ca: server.ca } })
  const request = https.get(`https://localhost:${server.https1}/json`, { agent: pool.getHttpsAgent() })
  const [response] = await once(request, 'response')
  expect(response.socket).toMatchObject({ encrypted: true, authorized: true, authorizationError: null })
  expect(response.socket.getPeerCertificate().subject.CN).toBe('localhost')
  expect(response.socket.getProtocol()).toBe('TLSv1.3')
  response.resume()
  await once(response, 'end')
  expect(pool.getMetrics().agents.https.total).toBe(1)
})

test('a certificate that nobody vouches for is refused with the code that Node gives', async () => {
  const pool = open()
  const error = await rejection(exchange(`https://localhost:${server.https1}/json`, { agent: pool.getHttpsAgent() }))
  expect(error.code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
})

test('the second request takes the connection of the first, and knows it', async () => {
  await server.reset()
  const agent = open().getHttpAgent()
  expect((await exchange(server.url('/json'), { agent })).reused).toBe(false)
  expect((await exchange(server.url('/json'), { agent })).reused).toBe(true)
  expect((await server.stats()).connections.accepted).toBeLessThanOrEqual(1)
})

test('one connection serves an agent and pool.request in turn', async () => {
  const pool = open()
  const agent = pool.getHttpAgent()
  for (let i = 0; i < 5; i++) {
    await exchange(server.url('/json'), { agent })
    await (await pool.request(server.url('/json'))).body.text()
  }
  expect(pool.getMetrics()).toMatchObject({ connectionsCreated: 1, totalRequests: 10, connectionReuse: 9 })
})

test('one TLS connection serves an agent and pool.request in turn', async () => {
  const pool = open({ tls: { ca: server.ca } })
  const url = `https://localhost:${server.https1}/json`
  for (let i = 0; i < 3; i++) {
    await exchange(url, { agent: pool.getHttpsAgent() })
    await (await pool.request(url)).body.text()
  }
  expect(pool.getMetrics()).toMatchObject({ connectionsCreated: 1, totalRequests: 6 })
})

test('requests of an agent and of pool.request share the limit of their host', async () => {
  await server.reset()
  const pool = open({ maxSocketsPerHost: 4 })
  const agent = pool.getHttpAgent()
  await Promise.all(Array.from({ length: 200 }, async (_, i) => {
    if (i % 2 === 0) return exchange(server.url('/json'), { agent })
    return (await pool.request(server.url('/json'))).body.text()
  }))
  expect((await server.stats()).connections.peak).toBeLessThanOrEqual(4)
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 200, errors: 0, connectionsCreated: 4 })
})

test('sockets and requests say at once who has a connection and who waits', async () => {
  const agent = open({ maxSocketsPerHost: 2 }).getHttpAgent()
  const count = lists => Object.values(lists).flat().length
  const all = Array.from({ length: 5 }, () => exchange(server.url('/delay?ms=20'), { agent }))
  expect([count(agent.sockets), count(agent.requests)]).toEqual([2, 3])
  await Promise.all(all)
  expect([count(agent.sockets), count(agent.requests), count(agent.freeSockets)]).toEqual([0, 0, 2])
})

test('a body of 20 MB goes up whole', async () => {
  const body = Buffer.alloc(20_000_000, 'abcdefg')
  const reply = await exchange(server.url('/sink'), { agent: open().getHttpAgent(), method: 'PUT', body })
  expect(JSON.parse(String(reply.body))).toEqual({ bytes: body.length, crc32: crc32(body) })
})

test('a body of 20 MB comes down whole', async () => {
  const { body } = await exchange(server.url('/bytes?n=20000000'), { agent: open().getHttpAgent() })
  expect(body.length).toBe(20_000_000)
  expect(body.every((byte, i) => byte === i % 256)).toBe(true)
}, 30_000)

test('a reader that stops stops the socket', async () => {
  const request = http.get(server.url('/bytes?n=50000000'), { agent: open().getHttpAgent() })
  const [response] = await once(request, 'response')
  response.once('data', () => response.pause())
  await once(response, 'pause')
  let before = -1
  await until(() => {
    const { bytesRead } = response.socket
    const rests = bytesRead === before
    before = bytesRead
    return rests
  })
  expect(before).toBeLessThan(2_000_000)
  request.destroy()
})

test('trailers arrive', async () => {
  const { body, trailers } = await exchange(server.url('/trailers'), { agent: open().getHttpAgent() })
  expect([String(body), trailers['x-checksum']]).toEqual(['abcdefgh', 'abcdefgh'])
})

test('header names go out in their case and order', async () => {
  const { body } = await exchange(server.url('/headers'), { agent: open().getHttpAgent(), headers: { 'X-Second': '2', 'x-FIRST': '1' } })
  const names = JSON.parse(String(body)).headers.map(([name]) => name)
  expect(names.slice(0, 2)).toEqual(['X-Second', 'x-FIRST'])
})

test('a connection that the reply closes is not kept', async () => {
  const { url } = await httpServer((_, reply) => reply.setHeader('connection', 'close').end('x'))
  const pool = open()
  await exchange(url, { agent: pool.getHttpAgent() })
  await until(() => pool.getMetrics().currentPoolSize === 0)
})

test('a reply that came before its upload was through leaves no connection behind', async () => {
  const { url } = await tcpServer(socket => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')))
  const pool = open()
  const request = http.request(url, { agent: pool.getHttpAgent(), method: 'POST' })
  request.on('error', () => {})
  request.write(Buffer.alloc(64 * 1024 * 1024))
  request.end()
  const [response] = await once(request, 'response')
  response.resume()
  await once(response, 'end')
  expect(pool.getMetrics().agents.http.idle).toBe(0)
  request.destroy()
  await until(() => pool.getMetrics().currentPoolSize === 0)
})

test('bytes that nobody asked for end an idle connection', async () => {
  const { url, sockets } = await tcpServer(socket => socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')))
  const pool = open()
  await exchange(url, { agent: pool.getHttpAgent() })
  await until(() => pool.getMetrics().agents.http.idle === 1)
  for (const socket of sockets) socket.write('HTTP/1.1 200 OK\r\n')
  await until(() => pool.getMetrics().currentPoolSize === 0)
})

test('an idle connection that its peer closes is gone at once', async () => {
  const pool = open()
  await exchange(server.url('/json'), { agent: pool.getHttpAgent() })
  await server.post('/close-idle')
  await until(() => pool.getMetrics().currentPoolSize === 0)
})

test('a refused connection is told as Node tells it', async () => {
  const port = await closedPort()
  const error = await rejection(exchange(`http://127.0.0.1:${port}/`, { agent: open().getHttpAgent() }))
  expect(error).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1', port, message: `connect ECONNREFUSED 127.0.0.1:${port}` })
})

test('a connection that dies before its reply is ECONNRESET', async () => {
  const { url } = await tcpServer(socket => socket.once('data', () => socket.destroy()))
  const error = await rejection(exchange(url, { agent: open().getHttpAgent() }))
  expect(error).toMatchObject({ code: 'ECONNRESET', message: 'socket hang up' })
})

test('a malformed reply has the code of Node\'s parser', async () => {
  const { url } = await tcpServer(socket => socket.once('data', () => socket.end('garbage\r\n\r\n')))
  const error = await rejection(exchange(url, { agent: open().getHttpAgent() }))
  expect(error.code).toMatch(/^HPE_/)
})

test('after destroy there are no agents, and one that was kept refuses', async () => {
  const pool = open()
  const agent = pool.getHttpAgent()
  pool.destroy()
  expect([pool.getHttpAgent(), pool.getHttpsAgent(), pool.getAgentForUrl('http://a.test')]).toEqual([null, null, null])
  expect(await rejection(exchange(server.url('/json'), { agent }))).toMatchObject({ code: 'ERR_POOL_DESTROYED' })
})

test('destroy fails what is in flight and what waits', async () => {
  const pool = open({ maxSockets: 1 })
  const agent = pool.getHttpAgent()
  const failed = Promise.all([1, 2].map(() => rejection(exchange(server.url('/delay?ms=10000'), { agent }))))
  await until(() => pool.getStatus().activeConnections === 1)
  pool.destroy()
  expect((await failed).map(({ code }) => code)).toEqual(['ERR_POOL_DESTROYED', 'ERR_POOL_DESTROYED'])
})

test('an idle agent lets the process exit, and a request in flight holds it', async () => {
  const { stdout, code } = await runChild(`
    const http = require('node:http')
    const pool = new ConnectionPoolManager()
    http.get(url, { agent: pool.getHttpAgent() }, response => response.resume().on('end', () => console.log('read')))
  `, { url: server.url('/delay?ms=50') })
  expect([code, stdout]).toEqual([0, 'read\n'])
})
