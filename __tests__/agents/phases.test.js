'use strict'

const { once } = require('node:events')
const http = require('node:http')
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
  const pool = open()
  const request = http.get(server.url('/delay?ms=10000'), { agent: pool.getHttpAgent() })
  await until(() => pool.getStatus().activeConnections === 1)
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
