'use strict'

// What a pool counts and tells of exchanges over which Node speaks TLS: the same as of those of the engine's.

const { AsyncLocalStorage } = require('node:async_hooks')
const { once } = require('node:events')
const https = require('node:https')
const tls = require('node:tls')
const { Workshop } = require('../support/certificates')
const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpsServer, tcpServer } = require('../support/servers')
const { exchange } = require('./exchange')

const workshop = new Workshop()
const ca = workshop.root.cert
const server = workshop.issue('localhost')
const WAYS = { engine: {}, node: { ciphers: tls.DEFAULT_CIPHERS } }

/** The events of a pool that tell how a request ended. */
function endsOf (pool) {
  const told = []
  pool.on('request_completed', () => told.push('completed')).on('request_error', ({ error }) => told.push(error))
  return told
}

test.each(Object.entries(WAYS))('a whole exchange is a completed one: %s', async (_, options) => {
  const { url } = await httpsServer(server, (request, reply) => reply.end('x'))
  const pool = open({ tls: { ca } })
  const told = endsOf(pool)
  expect((await exchange(url, { agent: pool.getHttpsAgent(), ...options })).status).toBe(200)
  await until(() => told.length > 0)
  expect(told).toEqual(['completed'])
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 1, aborted: 0, errors: 0 })
})

test.each(Object.entries(WAYS))('a reply that is cut is an error, which says what may have happened: %s', async (_, options) => {
  const { url } = await httpsServer(server, (request, reply) => {
    reply.writeHead(200, { 'content-length': 5 })
    reply.write('a', () => reply.destroy())
  })
  const pool = open({ tls: { ca } })
  const told = endsOf(pool)
  const [response] = await once(https.get(url, { agent: pool.getHttpsAgent(), ...options }).on('error', () => {}), 'response')
  const [error] = await once(response.resume(), 'error')
  expect(error).toMatchObject({ code: 'ECONNRESET', phase: 'body', origin: url, reusedSocket: false, mayHaveBeenProcessed: true })
  await until(() => told.length > 0)
  expect(told).toEqual([error])
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 1, aborted: 0, errors: 1 })
})

test.each(Object.entries(WAYS))('a handshake that is cut cannot have been processed: %s', async (_, options) => {
  const { port } = await tcpServer(socket => socket.once('data', () => socket.end()))
  const pool = open({ tls: { ca } })
  const told = endsOf(pool)
  const error = await rejection(exchange(`https://localhost:${port}/`, { agent: pool.getHttpsAgent(), ...options }))
  expect(error).toMatchObject({ code: 'ECONNRESET', phase: 'tls', origin: `https://localhost:${port}`, reusedSocket: false, mayHaveBeenProcessed: false })
  await until(() => told.length > 0)
  expect(told).toEqual([error])
  expect(pool.getMetrics()).toMatchObject({ errors: 1, aborted: 0 })
})

test.each(Object.entries(WAYS))('one that its caller gives up is no error: %s', async (_, options) => {
  const { url, server: origin } = await httpsServer(server, () => {})
  const pool = open({ tls: { ca } })
  const told = endsOf(pool)
  const request = https.get(url, { agent: pool.getHttpsAgent(), ...options }).on('error', () => {})
  await once(origin, 'request')
  request.destroy()
  await until(() => pool.getMetrics().aborted === 1)
  expect(told).toEqual([])
  expect(pool.getMetrics()).toMatchObject({ errors: 0 })
})

test.each(Object.entries(WAYS))('an upgraded connection leaves the pool and its limits: %s', async (_, options) => {
  const { url, server: origin } = await httpsServer(server, (request, reply) => reply.end('x'))
  origin.on('upgrade', (request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    socket.pipe(socket)
  })
  const pool = open({ tls: { ca }, maxSockets: 1 })
  const agent = pool.getHttpsAgent()
  const request = https.get(url, { agent, headers: { connection: 'Upgrade', upgrade: 'echo' }, ...options })
  const [, socket] = await once(request, 'upgrade')
  await until(() => pool.getMetrics().detached === 1)
  expect(pool.getMetrics().agents.https).toEqual({ active: 0, idle: 0, pending: 0, total: 0 })
  expect((await exchange(url, { agent, ...options })).status).toBe(200)
  const echoed = once(socket, 'data')
  socket.write('hello')
  expect(String(await echoed)).toBe('hello')
  // Of such a connection the end of its pool is no fault.
  const closed = once(socket, 'close')
  pool.destroy()
  await closed
  expect(pool.getMetrics()).toMatchObject({ aborted: 0, errors: 0 })
})

test.each(Object.entries(WAYS))('a silence is told of once, in the context of its request: %s', async (_, options) => {
  const { url } = await httpsServer(server, () => {})
  const context = new AsyncLocalStorage()
  const told = []
  const request = context.run('its own', () => https.get(url, { agent: open({ tls: { ca } }).getHttpsAgent(), timeout: 20, ...options })).on('error', () => {})
  request.on('timeout', () => told.push(context.getStore()))
  const [socket] = await once(request, 'socket')
  expect(socket.timeout).toBe(20)
  await until(() => told.length > 0)
  expect(told).toEqual(['its own'])
  // What was to be told of with it is told no more.
  const never = jest.fn()
  expect(socket.setTimeout(20, never).setTimeout(0, never)).toBe(socket)
  expect(socket.timeout).toBe(0)
  await new Promise(resolve => { socket.setTimeout(20, resolve) })
  request.destroy()
  await until(() => socket.destroyed)
  expect(told).toEqual(['its own'])
  expect(never).not.toHaveBeenCalled()
})
