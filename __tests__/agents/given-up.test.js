'use strict'

// Requests that are given up before they have a socket, and errors that Node makes.

const { once } = require('node:events')
const http = require('node:http')
const { until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer, serve, tcpServer } = require('../support/servers')
const { exchange } = require('./exchange')

const server = serve('bench-server')

/** The error with which a request ends. */
const ended = request => new Promise(resolve => {
  let met
  request.on('error', error => { met = error }).on('close', () => resolve(met))
})

const WAYS = {
  'destroy()': () => ({ options: {}, giveUp: request => request.destroy(), code: 'ECONNRESET' }),
  'an AbortSignal': () => {
    const control = new AbortController()
    return { options: { signal: control.signal }, giveUp: () => control.abort(), code: 'ABORT_ERR' }
  }
}

test.each(Object.entries(WAYS))('a request that is given up in the queue leaves it at once: %s', async (_, way) => {
  const pool = open({ maxSockets: 1, maxQueued: 1 })
  const agent = pool.getHttpAgent()
  const completed = []
  pool.on('request_completed', payload => completed.push(payload))
  const first = exchange(server.url('/delay?ms=300'), { agent })
  await until(() => pool.getMetrics().agents.http.active === 1)
  const { options, giveUp, code } = way()
  const waiting = http.get(server.url('/json'), { agent, ...options })
  expect(Object.values(agent.requests).flat()).toEqual([waiting])
  const over = ended(waiting)
  giveUp(waiting)
  expect((await over).code).toBe(code)
  await until(() => pool.getMetrics().aborted === 1)
  expect(pool.getMetrics().agents.http).toMatchObject({ active: 1, pending: 0 })
  expect(agent.requests).toEqual({})
  // There is room in the queue again.
  expect((await pool.request(server.url('/json'))).statusCode).toBe(200)
  await first
  await until(() => completed.length === 2)
  expect(pool.getMetrics()).toMatchObject({ aborted: 1, errors: 0, connectionsCreated: 1 })
})

test('a request that comes to its turn has its own destroy again', async () => {
  const pool = open({ maxSockets: 1 })
  const agent = pool.getHttpAgent()
  const first = exchange(server.url('/delay?ms=20'), { agent })
  const second = http.get(server.url('/delay?ms=10000'), { agent })
  await first
  await until(() => second.socket)
  expect(Object.hasOwn(second, 'destroy')).toBe(false)
  const over = ended(second)
  second.destroy()
  await over
})

test('whose destroy another has put his own round while it waited is ended once', async () => {
  const pool = open({ maxSockets: 1 })
  const agent = pool.getHttpAgent()
  const first = exchange(server.url('/delay?ms=20'), { agent })
  const second = http.get(server.url('/json'), { agent })
  const { destroy } = second
  second.destroy = (...given) => destroy.apply(second, given)
  const told = []
  for (const name of ['error', 'close']) second.on(name, () => told.push(name))
  await first
  const [reply] = await once(second, 'response')
  reply.resume()
  await until(() => told.length > 0)
  second.destroy()
  await exchange(server.url('/json'), { agent })
  expect(told).toEqual(['close'])
})

test('requests that are given up on one idle connection leave one free socket for it', async () => {
  const pool = open()
  const agent = pool.getHttpAgent()
  for (let i = 0; i < 5; i++) {
    const request = http.get(server.url('/json'), { agent })
    const over = ended(request)
    request.destroy()
    await over
  }
  await until(() => pool.getMetrics().aborted === 5)
  await exchange(server.url('/json'), { agent })
  await until(() => pool.getMetrics().agents.http.active === 0)
  const { idle } = pool.getMetrics().agents.http
  expect(Object.values(agent.freeSockets).flat().length).toBeLessThanOrEqual(idle)
})

test.each([['on a fresh connection', false], ['on a kept one', true]])('a request that is destroyed as it is made is aborted, and none that was answered: %s', async (_, isKept) => {
  const pool = open()
  const agent = pool.getHttpAgent()
  if (isKept) await exchange(server.url('/json'), { agent })
  const before = pool.getMetrics().totalRequests
  const completed = []
  pool.on('request_completed', payload => completed.push(payload))
  const request = http.get(server.url('/json'), { agent })
  const over = ended(request)
  request.destroy()
  expect((await over).code).toBe('ECONNRESET')
  await until(() => pool.getMetrics().aborted === 1)
  await exchange(server.url('/json'), { agent })
  await until(() => completed.length > 0)
  expect([completed.length, pool.getMetrics().totalRequests - before]).toEqual([1, 2])
  // What was kept is kept still. A dial that was begun for it goes on, beside that of the next.
  if (isKept) expect(pool.getMetrics().connectionsCreated).toBe(1)
})

test('the error of a request that its peer ended says what one of the pool does', async () => {
  let asked = 0
  const { url, port } = await tcpServer(socket => socket.on('data', () => {
    if (++asked === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    else socket.end()
  }))
  const pool = open()
  const agent = pool.getHttpAgent()
  await exchange(url, { agent })
  const request = http.request(url, { agent, method: 'POST' })
  request.end('once')
  const error = await ended(request)
  expect(error).toMatchObject({
    code: 'ECONNRESET', message: 'socket hang up', phase: 'head', origin: `http://127.0.0.1:${port}`, reusedSocket: true, mayHaveBeenProcessed: true
  })
})

test('an upgraded connection ends with its pool, without an error', async () => {
  const { server: origin, url } = await httpServer(() => {})
  origin.on('upgrade', (_, socket) => { socket.on('error', () => {}).on('end', () => socket.end()).resume().write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\n') })
  const pool = open()
  const request = http.get(url, { agent: pool.getHttpAgent(), headers: { connection: 'Upgrade', upgrade: 'own' } })
  const [, socket] = await once(request, 'upgrade')
  await until(() => pool.getMetrics().detached === 1)
  pool.destroy()
  // A socket without a listener for an error, as Jest would have it.
  expect(await once(socket, 'close')).toEqual([false])
})

test.each(['max=5, timeout=2', 'Timeout=2', 'timeout="2"', 'timeout=2.5'])('`Keep-Alive: %s` is read by every way in alike', async hint => {
  const { server: origin, url } = await httpServer((_, reply) => reply.writeHead(200, { 'keep-alive': hint, connection: 'keep-alive' }).end('x'))
  // It closes nothing itself.
  origin.keepAliveTimeout = 0
  const ways = [pool => exchange(url, { agent: pool.getHttpAgent() }), async pool => (await pool.request(url)).body.text()]
  await Promise.all(ways.map(async way => {
    // For longer than is waited here: only what the server says ends it, after its two seconds less one.
    const pool = open({ freeSocketTimeout: 600_000 })
    await way(pool)
    await until(() => pool.getMetrics().connectionsDestroyed === 1)
  }))
})
