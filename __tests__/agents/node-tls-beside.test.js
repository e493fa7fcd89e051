'use strict'

// Requests that Node has to carry beside those that the engine carries, through one agent.

const http = require('node:http')
const https = require('node:https')
const tls = require('node:tls')
const { once } = require('node:events')
const { Workshop } = require('../support/certificates')
const { until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer, httpsServer } = require('../support/servers')
const { exchange } = require('./exchange')

const workshop = new Workshop()
const ca = workshop.root.cert
const server = workshop.issue('localhost')
const secureContext = tls.createSecureContext({ ca })
const told = (request, reply) => reply.end('x')

describe('what is parked is never taken by Node', () => {
  test.each([
    ['secureContext', { secureContext }],
    ['ALPNProtocols', { ALPNProtocols: ['http/1.1'] }],
    ['servername', { servername: '' }],
    ['minDHSize', { minDHSize: 1024 }],
    ['requestOCSP', { requestOCSP: true }]
  ])('%s', async (_, options) => {
    const { url } = await httpsServer(server, told)
    const agent = open({ tls: { ca } }).getHttpsAgent()
    await exchange(url, { agent })
    const parked = Object.values(agent.freeSockets).flat()
    expect(parked).toHaveLength(1)
    expect(await exchange(url, { agent, ...options })).toMatchObject({ status: 200, reused: false })
    expect(Object.values(agent.freeSockets).flat()).toEqual(parked)
    expect((await exchange(url, { agent })).reused).toBe(true)
  })

  test('over http', async () => {
    const { url } = await httpServer(told)
    const agent = open().getHttpAgent()
    await exchange(url, { agent })
    expect(await exchange(url, { agent, hints: require('node:dns').ADDRCONFIG })).toMatchObject({ status: 200, reused: false })
  })
})

/** A server that answers `/held` when it is told to. */
async function holding () {
  const held = []
  const site = await httpsServer(server, (request, reply) => request.url === '/held' ? held.push(reply) : reply.end('x'))
  return { ...site, held, answer: () => held.splice(0).forEach(reply => reply.end('x')) }
}

test('places that the engine has of a host are no limit of Node\'s', async () => {
  const { url, held, answer } = await holding()
  const agent = open({ tls: { ca }, maxSocketsPerHost: 1 }).getHttpsAgent()
  const first = exchange(`${url}/held`, { agent })
  await until(() => held.length === 1)
  const second = exchange(url, { agent, secureContext })
  answer()
  expect([(await first).status, (await second).status]).toEqual([200, 200])
})

test('where the engine has every place, it waits in the queue of the pool', async () => {
  const { url, held, answer } = await holding()
  const pool = open({ tls: { ca }, maxSockets: 1 })
  const agent = pool.getHttpsAgent()
  const first = exchange(`${url}/held`, { agent })
  await until(() => held.length === 1)
  const second = exchange(url, { agent, secureContext })
  await until(() => pool.getMetrics().agents.https.pending === 1)
  expect(Object.values(agent.requests).flat()).toHaveLength(1)
  answer()
  expect([(await first).status, (await second).status]).toEqual([200, 200])
  expect(agent.requests).toEqual({})
})

test('what waits for the engine is given no socket of Node\'s', async () => {
  const { url, held, answer } = await holding()
  const pool = open({ tls: { ca }, maxSockets: 1 })
  const agent = pool.getHttpsAgent()
  const first = exchange(`${url}/held`, { agent, secureContext })
  await until(() => held.length === 1)
  const sockets = []
  const second = https.get(url, { agent }).on('socket', socket => sockets.push(socket))
  await until(() => pool.getMetrics().agents.https.pending === 1)
  answer()
  const [response] = await once(second, 'response')
  response.resume()
  await once(response, 'end')
  await first
  expect(sockets.map(socket => socket instanceof tls.TLSSocket)).toEqual([false])
})

test('what was given up in the queue speaks no TLS, and its connection is the next one\'s', async () => {
  const { url, server: origin, held, answer } = await holding()
  let connections = 0
  origin.on('connection', () => connections++)
  const pool = open({ tls: { ca }, maxSockets: 1 })
  const agent = pool.getHttpsAgent()
  const first = exchange(`${url}/held`, { agent })
  await until(() => held.length === 1)
  const secured = jest.fn()
  origin.on('secureConnection', secured)
  const closed = [1, 2, 3].map(() => {
    const request = https.get(url, { agent, secureContext }).on('error', () => {})
    request.destroy()
    return new Promise(resolve => request.on('close', resolve))
  })
  answer()
  await first
  await Promise.all(closed)
  expect(secured).not.toHaveBeenCalled()
  expect((await exchange(url, { agent, secureContext })).status).toBe(200)
  expect(connections).toBe(2)
})

test.each(['destroy()', 'an AbortSignal'])('what is given up in the queue by %s leaves it at once', async by => {
  const { url, held, answer } = await holding()
  const pool = open({ tls: { ca }, maxSockets: 1, maxQueued: 1 })
  const agent = pool.getHttpsAgent()
  const first = exchange(`${url}/held`, { agent })
  await until(() => held.length === 1)
  const control = new AbortController()
  const request = https.get(url, { agent, secureContext, signal: control.signal })
  expect(Object.values(agent.requests).flat()).toEqual([request])
  const error = new Promise(resolve => request.on('error', resolve))
  if (by === 'destroy()') request.destroy()
  else control.abort()
  expect((await error).code).toBe(by === 'destroy()' ? 'ECONNRESET' : 'ABORT_ERR')
  await until(() => pool.getMetrics().aborted === 1)
  expect(pool.getMetrics().agents.https.pending).toBe(0)
  expect(agent.requests).toEqual({})
  // There is room in the queue again.
  const other = exchange(url, { agent, secureContext })
  answer()
  expect([(await first).status, (await other).status]).toEqual([200, 200])
  expect(pool.getMetrics()).toMatchObject({ aborted: 1, errors: 0 })
})

test('a socket of Node\'s own ends with its request', async () => {
  const { url } = await httpServer(told)
  const agent = open().getHttpAgent()
  const request = http.get(url, { agent, hints: require('node:dns').ADDRCONFIG })
  const [response] = await once(request, 'response')
  response.resume()
  await once(request, 'close')
  await until(() => request.socket.destroyed)
  expect(agent.freeSockets).toEqual({})
})
