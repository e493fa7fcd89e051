'use strict'

const http = require('node:http')
const { once } = require('node:events')
const { exchange } = require('../agents/exchange')
const { rejection, until } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { closedPort, httpServer, serve, tcpServer } = require('../support/servers')

const server = serve('fault-server')

async function ok (pool) {
  return (await pool.request(server.url('/ok'))).body.text()
}

const standing = pool => pool.getMetrics().agents.http

test('preconnect resolves when so many connections are open, and requests use them', async () => {
  const pool = open()
  await pool.preconnect(server.url(), 3)
  expect(standing(pool)).toMatchObject({ idle: 3, active: 0 })
  await ok(pool)
  expect(pool.getMetrics()).toMatchObject({ connectionsCreated: 3, newConnections: 1 })
})

test('an agent\'s request uses what was opened ahead', async () => {
  const pool = open()
  await pool.preconnect(new URL(server.url('/some/path?q=1')))
  expect((await exchange(server.url('/ok'), { agent: pool.getHttpAgent() })).status).toBe(200)
  expect(pool.getMetrics().connectionsCreated).toBe(1)
})

test('preconnect rejects with the error of the dial', async () => {
  const port = await closedPort()
  const error = await rejection(open().preconnect(`http://127.0.0.1:${port}`, 2))
  expect(error).toMatchObject({ name: 'PoolError', code: 'ECONNREFUSED', phase: 'connect', origin: `http://127.0.0.1:${port}`, port })
})

test('preconnect rejects where the server closes what it accepts', async () => {
  const { url } = await tcpServer(socket => socket.end())
  const pool = open()
  // Whether an end comes before the last connection is up is the system's matter.
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => pool.preconnect(url, 5).then(() => 'open', error => error.code)))
  expect(['open', 'ECONNRESET']).toEqual(expect.arrayContaining(outcomes))
  await until(() => standing(pool).total === 0)
})

test('preconnect waits for room as a request does', async () => {
  const pool = open({ maxSockets: 1 })
  const replies = []
  const { url } = await httpServer((_, reply) => { replies.push(reply) })
  const first = pool.request(url)
  await until(() => replies.length === 1)
  let isOpen = false
  const ahead = pool.preconnect(server.url()).then(() => { isOpen = true })
  await until(() => pool.getMetrics().currentPoolSize === 1)
  expect(isOpen).toBe(false)
  replies[0].end()
  await (await first).body.text()
  await ahead
  expect(pool.getMetrics().currentPoolSize).toBe(1)
})

test('destroying the pool rejects who waits for connections', async () => {
  const pool = open()
  const ahead = rejection(pool.preconnect(`http://127.0.0.1:${server.silent}`))
  pool.destroy()
  expect((await ahead).code).toBe('ERR_POOL_DESTROYED')
  expect((await rejection(pool.preconnect(server.url()))).code).toBe('ERR_POOL_DESTROYED')
})

test.each([
  ['ftp://a.test', 1, 'ERR_INVALID_PROTOCOL', 'TypeError'],
  ['a.test', 1, 'ERR_INVALID_URL', 'TypeError'],
  [undefined, 1, 'ERR_INVALID_URL', 'TypeError'],
  [null, 1, 'ERR_INVALID_URL', 'TypeError'],
  ['http://a.test', '2', 'ERR_INVALID_ARG_TYPE', 'TypeError'],
  ['http://a.test', null, 'ERR_INVALID_ARG_TYPE', 'TypeError'],
  ['http://a.test', 2n, 'ERR_INVALID_ARG_TYPE', 'TypeError'],
  ['http://a.test', 0, 'ERR_OUT_OF_RANGE', 'RangeError'],
  ['http://a.test', -1, 'ERR_OUT_OF_RANGE', 'RangeError'],
  ['http://a.test', 1.5, 'ERR_OUT_OF_RANGE', 'RangeError'],
  ['http://a.test', NaN, 'ERR_OUT_OF_RANGE', 'RangeError'],
  ['http://a.test', 5, 'ERR_OUT_OF_RANGE', 'RangeError']
])('preconnect(%p, %p) is refused', async (origin, n, code, name) => {
  const pool = open({ maxSocketsPerHost: 4 })
  const error = await rejection(pool.preconnect(/** @type {any} */ (origin), /** @type {any} */ (n)))
  expect(error).toMatchObject({ code, name })
})

test.each(['maxFreeSockets', 'freeSocketTimeout'])('preconnect is refused where %s keeps no idle connection', async option => {
  const pool = open({ [option]: 0 })
  const error = await rejection(pool.preconnect(server.url()))
  expect(error).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' })
  expect(error.message).toMatch(`${option} must be at least 1 for preconnect; ${option} is 0`)
  expect(pool.getMetrics().connectionsCreated).toBe(0)
})

test('preconnect of a host whose idle connections are kept goes by its own options', async () => {
  const pool = open({ freeSocketTimeout: 0, perHostPools: { kept: { hosts: ['127.0.0.1'], freeSocketTimeout: 5_000 } } })
  await pool.preconnect(server.url())
  expect(standing(pool).idle).toBe(1)
})

test.each([
  ['queueTimeout', 30, 'ERR_POOL_QUEUE_TIMEOUT'],
  ['maxQueued', 1, 'ERR_POOL_QUEUE_FULL']
])('%s bounds the wait of preconnect as that of a request', async (option, value, code) => {
  const pool = open({ maxSockets: 1, [option]: value })
  const replies = []
  const { url } = await httpServer((_, reply) => { replies.push(reply) })
  const busy = [pool.request(url)]
  await until(() => replies.length === 1)
  const waiting = rejection(pool.request(server.url(), { queueTimeout: 0 }))
  await until(() => pool.getMetrics().agents.http.pending === 1)
  expect(await rejection(pool.preconnect(server.url()))).toMatchObject({ name: 'PoolError', code, phase: 'queue', origin: server.url('').replace(/\/$/, '') })
  pool.destroy()
  await Promise.all([...busy.map(rejection), waiting])
})

test('preconnect goes by the limit of its host', async () => {
  const pool = open({ maxSocketsPerHost: 2, perHostPools: { roomy: { hosts: ['127.0.0.1'], maxSocketsPerHost: 4 } } })
  await pool.preconnect(server.url(), 4)
  expect((await rejection(pool.preconnect(server.url(), 5))).message).toMatch('between 1 and 4')
})

test('closeIdle closes what is idle, says how many those were, and touches no other', async () => {
  const pool = open()
  await pool.preconnect(server.url(), 3)
  const agent = /** @type {any} */ (pool.getHttpAgent())
  await exchange(server.url('/ok'), { agent })
  const request = http.get(server.url('/dribble?every=1'), { agent })
  const [response] = await once(request, 'response')
  expect([pool.closeIdle(), pool.closeIdle()]).toEqual([2, 0])
  expect(Object.keys(agent.freeSockets)).toEqual([])
  let text = ''
  for await (const chunk of response) text += chunk
  expect(text).toBe('{"ok":true}')
  pool.destroy()
  expect(pool.closeIdle()).toBe(0)
})

test('minFreeSockets are open after the first request and come back when the server closes them', async () => {
  const pool = open({ minFreeSockets: 2 })
  await ok(pool)
  await until(() => standing(pool).idle === 2)
  for (let round = 1; round < 4; round++) {
    await server.post('/close-idle')
    await until(() => pool.getMetrics().connectionsDestroyed >= 2 * round && standing(pool).idle >= 2)
  }
})

test('minFreeSockets outlive freeSocketTimeout', async () => {
  const pool = open({ minFreeSockets: 1, freeSocketTimeout: 30 })
  await pool.preconnect(server.url(), 3)
  await ok(pool)
  await until(() => pool.getMetrics().connectionsDestroyed === 2)
  // Three times as long, by the end of a connection that nobody keeps ready.
  const other = open({ freeSocketTimeout: 100 })
  await ok(other)
  await until(() => other.getMetrics().connectionsDestroyed === 1)
  expect(pool.getMetrics()).toMatchObject({ connectionsCreated: 3, connectionsDestroyed: 2 })
})

test('a server that is gone is not dialled without end', async () => {
  const { server: gone, url, sockets } = await tcpServer(socket => socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')))
  const pool = open({ minFreeSockets: 1 })
  await (await pool.request(url)).body.text()
  await until(() => standing(pool).idle >= 1)
  gone.close()
  for (const socket of sockets) socket.destroy()
  await until(() => standing(pool).total === 0)
  const before = process.cpuUsage().user
  await new Promise(resolve => setTimeout(resolve, 300))
  expect(process.cpuUsage().user - before).toBeLessThan(200_000)
})

test.each([
  [{ minFreeSockets: 11 }, 'minFreeSockets must be at most 10, as maxFreeSockets has it; received 11'],
  [{ minFreeSockets: 3, maxSocketsPerHost: 2 }, 'minFreeSockets must be at most 2, as maxSocketsPerHost has it; received 3'],
  [{ minFreeSockets: 2, keepAlive: false }, 'minFreeSockets must be at most 0, as keepAlive: false has it; received 2'],
  [{ minFreeSockets: 2, perHostPools: { own: { hosts: ['a.test'], keepAlive: false } } }, 'perHostPools.own.minFreeSockets must be at most 0, as keepAlive: false has it; received 2'],
  [{ keepAlive: false, perHostPools: { own: { hosts: ['a.test'], minFreeSockets: 1 } } }, 'perHostPools.own.minFreeSockets must be at most 0, as keepAlive: false has it; received 1'],
  [{ minFreeSockets: -1 }, 'minFreeSockets must be an integer between 0 and 1000000; received -1'],
  [{ minFreeSockets: '1' }, "minFreeSockets must be an integer between 0 and 1000000; received '1'"]
])('%p is refused', (options, message) => {
  expect(() => open(options)).toThrow(message)
})

test('connections that are kept ready let the process exit', async () => {
  const { code, stdout } = await runChild(`
    const pool = new ConnectionPoolManager({ minFreeSockets: 2 })
    await (await pool.request(url)).body.text()
    while (pool.getMetrics().agents.http.idle < 2) await new Promise(resolve => setTimeout(resolve, 2))
    console.log('idle')
  `, { url: server.url('/ok') })
  expect([code, stdout]).toEqual([0, 'idle\n'])
})

test('who waits for connections holds the process open', async () => {
  const { code, stdout } = await runChild(`
    const pool = new ConnectionPoolManager()
    await pool.preconnect(url, 2)
    console.log(pool.getMetrics().agents.http.idle)
  `, { url: server.url('/ok') })
  expect([code, stdout]).toEqual([0, '2\n'])
})

test('where nothing would end a dial, who waits for connections lets the process exit after a while', async () => {
  const { code, stdout } = await runChild(`
    const pool = new ConnectionPoolManager({ connectTimeout: 0 })
    const begun = performance.now()
    process.on('exit', () => console.log(performance.now() - begun > 9000))
    pool.preconnect(url).then(() => console.log('open'), ({ code }) => console.log(code))
  `, { url: `https://127.0.0.1:${server.silent}` })
  expect([code, stdout]).toEqual([0, 'true\n'])
}, 60_000)

test('a dial that ends by itself holds the process open until it has', async () => {
  const { code, stdout } = await runChild(`
    const pool = new ConnectionPoolManager({ connectTimeout: 200 })
    await pool.preconnect(url).catch(({ code, phase }) => console.log(code, phase))
  `, { url: `https://127.0.0.1:${server.silent}` })
  expect([code, stdout]).toEqual([0, 'ERR_POOL_CONNECT_TIMEOUT tls\n'])
})
