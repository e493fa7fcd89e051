'use strict'

const { once } = require('node:events')
const http = require('node:http')
const { until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer, tcpServer } = require('../support/servers')
const { exchange } = require('./exchange')

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

const idle = pool => pool.getMetrics().agents.http.idle

/** A server that says at once that it has heard enough, and reads on when it is told to. */
async function early () {
  /** @type {import('node:net').Socket[]} */ const paused = []
  const given = await tcpServer(socket => socket.once('data', () => {
    socket.pause()
    paused.push(socket)
    socket.write(OK)
  }))
  return { ...given, readOn: () => { for (const socket of paused) socket.resume() } }
}

/** An upload of which the kernel takes a part, and the whole of its reply. */
async function overtaken (url, agent) {
  const request = http.request(url, { agent, method: 'PUT', headers: { 'content-length': 64 * 1024 * 1024 } })
  request.on('error', () => {})
  request.end(Buffer.alloc(64 * 1024 * 1024))
  const [response] = await once(request, 'response')
  response.resume()
  await once(response, 'end')
  return request
}

test('a request is not written before its bytes are the kernel\'s', async () => {
  const { url, readOn } = await early()
  const request = await overtaken(url, open().getHttpAgent())
  expect(request.writableFinished).toBe(false)
  readOn()
  await once(request, 'finish')
})

test('an upload that its reply overtook gives its connection back when the server has read on', async () => {
  const { url, readOn } = await early()
  const pool = open()
  const request = await overtaken(url, pool.getHttpAgent())
  expect(idle(pool)).toBe(0)
  readOn()
  await once(request, 'close')
  await until(() => idle(pool) === 1)
})

test('a reset while the last bytes of a request are on their way, whose reply is read, is no error of anybody', async () => {
  const { url, sockets } = await tcpServer(socket => socket.once('data', () => socket.write(OK)))
  const pool = open()
  const failed = jest.fn()
  pool.on('request_error', failed)
  const request = http.get(url, { agent: pool.getHttpAgent() }, response => response.resume())
  // As when the kernel is full: it has not taken them.
  request.on('error', failed).on('socket', (/** @type {any} */ socket) => { socket.whenTaken = () => {} })
  await once(request, 'close')
  for (const socket of sockets) socket.resetAndDestroy()
  await until(() => pool.getMetrics().currentPoolSize === 0)
  expect(failed).not.toHaveBeenCalled()
})

test('bytes behind a reply end its connection', async () => {
  const { url } = await tcpServer(socket => socket.on('data', () => socket.write(OK + OK)))
  const pool = open()
  await exchange(url, { agent: pool.getHttpAgent() })
  await until(() => pool.getMetrics().currentPoolSize === 0)
  expect(pool.getMetrics().agents.http.idle).toBe(0)
})

test.each([
  ['is shorter than it says', { method: 'POST', headers: { 'content-length': 100 } }, 'some'],
  ['is not there though it announces one', { method: 'POST', headers: ['Content-Length', '100'] }, undefined],
  ['is announced twice', { method: 'POST', headers: { 'content-length': ['5', '0'] } }, undefined],
  ['is announced twice the other way', { method: 'POST', headers: { 'content-length': ['0', '5'] } }, undefined],
  ['is announced by what is no length', { method: 'POST', headers: { 'content-length': '0, 5' } }, undefined],
  ['is longer than it says', { method: 'POST', headers: { 'content-length': 4 } }, 'someGET /stolen HTTP/1.1\r\n\r\n'],
  ['comes unannounced', { method: 'GET' }, 'GET /stolen HTTP/1.1\r\n\r\n']
])('after a request whose body %s its connection carries nothing else', async (_, options, body) => {
  const { url } = await tcpServer(socket => socket.once('data', () => socket.write(OK)))
  const pool = open({ freeSocketTimeout: 60_000 })
  const request = http.request(url, { ...options, agent: pool.getHttpAgent() }, reply => reply.resume())
  request.end(body)
  await once(request, 'close')
  await until(() => pool.getMetrics().currentPoolSize === 0)
  expect(pool.getMetrics().connectionsCreated).toBe(1)
})

test.each([
  ['in one piece', (/** @type {any} */ request) => request.end('söme')],
  ['in many', (/** @type {any} */ request) => { for (const piece of ['s', 'ö', 'me']) request.write(piece); request.end() }],
  ['as it announced', (/** @type {any} */ request) => { request.setHeader('Content-Length', 5); request.write('söme'); request.end() }],
  ['in chunks with trailers', (/** @type {any} */ request) => { request.setHeader('Trailer', 'x'); request.write('söme'); request.addTrailers({ x: 'y' }); request.end() }],
  ['not at all', (/** @type {any} */ request) => request.end()]
])('after one whose body came %s it carries the next', async (_, send) => {
  const { url } = await httpServer((request, reply) => request.resume().on('end', () => reply.end('ok')))
  const pool = open()
  for (let i = 0; i < 2; i++) {
    const request = http.request(url, { method: 'POST', agent: pool.getHttpAgent() }, reply => reply.resume())
    send(request)
    await once(request, 'close')
  }
  expect(pool.getMetrics().connectionsCreated).toBe(1)
})

test('a connection whose server has half-closed carries no second request', async () => {
  const { url } = await tcpServer(socket => socket.once('data', () => socket.end(OK)))
  const pool = open()
  const agent = pool.getHttpAgent()
  await exchange(url, { agent })
  await until(() => pool.getMetrics().currentPoolSize === 0)
  expect((await exchange(url, { agent })).reused).toBe(false)
})

test('an agent without keepAlive keeps no connection', async () => {
  const { url } = await tcpServer(socket => socket.on('data', () => socket.write(OK)))
  const pool = open({ keepAlive: false })
  await exchange(url, { agent: pool.getHttpAgent() })
  await until(() => pool.getMetrics().currentPoolSize === 0)
})

test('a pool that is destroyed when a reply is read fails no request', async () => {
  const { url } = await tcpServer(socket => socket.on('data', () => socket.write(OK)))
  const pool = open({ keepAlive: false })
  const request = http.get(url, { agent: pool.getHttpAgent() }, response => response.resume())
  const failed = []
  request.on('error', error => failed.push(error))
  request.once('response', response => response.once('end', () => pool.destroy()))
  await once(request, 'close')
  expect(failed).toEqual([])
})

test('agent.destroy ends what is idle, at once', async () => {
  const { url } = await httpServer((_, reply) => reply.end('ok'))
  const agent = open().getHttpAgent()
  await exchange(url, { agent })
  agent.destroy()
  expect((await exchange(url, { agent })).reused).toBe(false)
})

test('a free socket that is destroyed takes a connection with it', async () => {
  const { url } = await httpServer((_, reply) => reply.end('ok'))
  const pool = open()
  const agent = pool.getHttpAgent()
  await exchange(url, { agent })
  const [[socket]] = Object.values(agent.freeSockets)
  socket.destroy()
  await until(() => pool.getMetrics().currentPoolSize === 0)
})

test('a free socket that was destroyed is not handed out before it has closed', async () => {
  const { url } = await httpServer((_, reply) => reply.end('ok'))
  const agent = open().getHttpAgent()
  await Promise.all([exchange(url, { agent }), exchange(url, { agent })])
  const [sockets] = Object.values(agent.freeSockets)
  sockets.at(-1).destroy()
  const request = http.get(url, { agent })
  const [response] = await once(request, 'response')
  response.resume()
  await once(response, 'end')
  expect([response.statusCode, request.reusedSocket]).toEqual([200, true])
})

test('who waits is in the pool\'s queue: Node\'s hands no socket on', async () => {
  const { url } = await httpServer((_, reply) => reply.end('ok'))
  const agent = open({ maxSocketsPerHost: 1 }).getHttpAgent()
  const [, second] = [1, 2].map(() => http.get(url, { agent }, response => response.resume()))
  const waiting = new Promise(resolve => agent.once('free', () => resolve(Object.values(agent.requests).flat().includes(second))))
  expect(await waiting).toBe(true)
  await once(second, 'close')
  expect(agent.requests).toEqual({})
})

test('a connection on which a server has changed the protocol unasked carries nothing more', async () => {
  const { url } = await tcpServer(socket => socket.on('data', head => socket.write(String(head).includes('/first') ? 'HTTP/1.1 101 Other\r\n\r\n' : OK)))
  const pool = open()
  const agent = pool.getHttpAgent()
  const statuses = []
  for (const path of ['/first', '/second', '/third']) statuses.push((await exchange(url + path, { agent })).status)
  expect([statuses, pool.getMetrics().connectionsCreated]).toEqual([[101, 200, 200], 2])
})
