'use strict'

const { once } = require('node:events')
const http = require('node:http')
const https = require('node:https')
const { until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer, serve } = require('../support/servers')
const { exchange } = require('./exchange')

const server = serve('bench-server')

test('upgraded, a connection leaves the pool and its limits', async () => {
  const { server: origin, url } = await httpServer(() => {})
  origin.on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    socket.pipe(socket)
  })
  const pool = open({ maxSockets: 1 })
  const request = http.get(url, { agent: pool.getHttpAgent(), headers: { connection: 'Upgrade', upgrade: 'echo' } })
  const [, socket] = await once(request, 'upgrade')
  socket.write('there and back')
  const [echo] = await once(socket, 'data')
  expect(String(echo)).toBe('there and back')
  await until(() => pool.getMetrics().detached === 1)
  expect(pool.getMetrics()).toMatchObject({ currentPoolSize: 0, connectionsCreated: 1, connectionsDestroyed: 0 })
  await exchange(server.url('/json'), { agent: pool.getHttpAgent() })
  socket.destroy()
})

test('CONNECT opens a tunnel', async () => {
  const { server: proxy, url } = await httpServer(() => {})
  proxy.on('connect', (_, socket) => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    socket.pipe(socket)
  })
  const request = http.request(url, { agent: open().getHttpAgent(), method: 'CONNECT', path: 'a.test:443' }).end()
  const [response, socket] = await once(request, 'connect')
  socket.write('through')
  expect([response.statusCode, String((await once(socket, 'data'))[0])]).toEqual([200, 'through'])
  socket.destroy()
})

test('a request that is destroyed in flight frees its connection and is counted as aborted', async () => {
  const { server: origin, url } = await httpServer(() => {})
  const pool = open()
  const request = http.get(url, { agent: pool.getHttpAgent() })
  // Before the server has it, the connection that is being dialled would be kept for the next.
  await once(origin, 'request')
  const failed = once(request, 'error')
  request.destroy()
  expect((await failed)[0].code).toBe('ECONNRESET')
  await until(() => pool.getMetrics().currentPoolSize === 0)
  expect(pool.getMetrics()).toMatchObject({ aborted: 1, errors: 0 })
})

test('an AbortSignal ends a request', async () => {
  const controller = new AbortController()
  const request = http.get(server.url('/delay?ms=10000'), { agent: open().getHttpAgent(), signal: controller.signal })
  const failed = once(request, 'error')
  setImmediate(() => controller.abort())
  expect((await failed)[0]).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' })
})

test('req.setTimeout tells of a time that ran out, and ends nothing', async () => {
  const request = http.get(server.url('/delay?ms=200'), { agent: open().getHttpAgent() })
  request.setTimeout(20)
  await once(request, 'timeout')
  const [response] = await once(request, 'response')
  expect(response.statusCode).toBe(200)
  response.resume()
  await once(response, 'end')
})

test('a TLS connection that pool.request made says to an agent that it is authorized', async () => {
  const pool = open({ tls: { ca: server.ca } })
  const url = `https://localhost:${server.https1}/json`
  await (await pool.request(url)).body.text()
  const request = https.get(url, { agent: pool.getHttpsAgent() })
  const [response] = await once(request, 'response')
  expect(request.reusedSocket).toBe(true)
  expect(response.socket).toMatchObject({ encrypted: true, authorized: true, authorizationError: null, alpnProtocol: 'http/1.1' })
  response.resume()
  await once(response, 'end')
})

test('a parked TLS socket says so at once when it is used again', async () => {
  const agent = open({ tls: { ca: server.ca } }).getHttpsAgent()
  const url = `https://localhost:${server.https1}/json`
  await exchange(url, { agent })
  const request = https.get(url, { agent })
  const [socket] = await once(request, 'socket')
  expect([request.reusedSocket, socket.authorized]).toEqual([true, true])
  const [response] = await once(request, 'response')
  response.resume()
  await once(response, 'end')
})

test('each address of a name is told of while the connection is made, as Node tells of it', async () => {
  const lookup = (_name, _options, done) => setImmediate(done, null, [{ address: '127.0.0.1', family: 4 }, { address: '127.0.0.2', family: 4 }])
  const all = [new http.Agent(), open().getHttpAgent()].map(async agent => {
    const request = http.get(server.url('/json').replace('127.0.0.1', 'some.test'), { agent, lookup })
    const [socket] = await once(request, 'socket')
    const told = []
    for (const event of ['lookup', 'connect']) socket.on(event, (...args) => told.push([event, ...args, socket.connecting, socket.remoteAddress]))
    const [reply] = await once(request, 'response')
    await once(reply.resume(), 'end')
    return told
  })
  const [node, pool] = await Promise.all(all)
  expect(pool).toEqual(node)
  expect(pool.map(([event]) => event)).toEqual(['lookup', 'lookup', 'connect'])
})

test('a lookup of one\'s own that fails is told of as Node tells of it', async () => {
  const own = Object.assign(new Error('not today'), { code: 'EAGAIN' })
  const told = []
  for (const agent of [open().getHttpAgent(), new http.Agent()]) {
    const request = http.get('http://a.test/', { agent, lookup: (_name, _options, done) => setImmediate(done, own) })
    const events = []
    request.once('socket', socket => socket.on('lookup', (...given) => events.push(given)))
    told.push([await once(request, 'error'), events])
  }
  const [ours, theirs] = told
  expect(theirs[1]).toEqual([[own, undefined, undefined, 'a.test']])
  expect(ours).toEqual(theirs)
  expect([ours[0][0], ours[1][0][0]]).toEqual([own, own])
})
