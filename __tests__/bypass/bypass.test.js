'use strict'

const http = require('node:http')
const https = require('node:https')
const { Readable } = require('node:stream')
const { crc32 } = require('node:zlib')
const { deferred, rejection } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { bodyOf, closedPort, httpServer, serve } = require('../support/servers')
const { open } = require('./pools')

const server = serve('bench-server')

test('a request goes through an agent of Node and opens no connection of the pool', async () => {
  const pool = open()
  const { statusCode, headers, body } = await pool.request(server.url('/json'))
  expect([statusCode, headers['content-type'], (await body.text()).length]).toEqual([200, 'application/json', 200])
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 1, connectionsCreated: 0 })
  expect(Object.values(pool.getHttpAgent().freeSockets).flat().length).toBe(1)
})

test('the agents are Node\'s own, with the limits of the pool', () => {
  const pool = open({ maxSocketsPerHost: 3, maxFreeSockets: 2 })
  expect(Object.getPrototypeOf(pool.getHttpAgent())).toBe(http.Agent.prototype)
  expect(Object.getPrototypeOf(pool.getHttpsAgent())).toBe(https.Agent.prototype)
  expect(pool.getHttpAgent()).toMatchObject({ maxSockets: 3, maxFreeSockets: 2 })
  expect(pool.getAgentForUrl('https://a.test')).toBe(pool.getHttpsAgent())
})

test('TLS trusts what the pool was told to', async () => {
  const { body } = await open({ tls: { ca: server.ca } }).request(`https://localhost:${server.https1}/json`)
  expect((await body.text()).length).toBe(200)
})

test('a streamed body goes up whole', async () => {
  const bytes = Buffer.alloc(3_000_000, 'abc')
  const { body } = await open().request(server.url('/sink'), { method: 'POST', body: Readable.from([bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000)]) })
  expect(await body.json()).toEqual({ bytes: bytes.length, crc32: crc32(bytes) })
})

class Init {
  get method () { return 'POST' }
  get body () { return 'abc' }
  get headers () { return { 'x-own': '1' } }
}

test.each([
  ['a Request', () => new Request('http://a.test', { method: 'POST', body: 'abc', headers: { 'x-own': '1' } })],
  ['an instance whose members are getters', () => new Init()],
  ['a Proxy', () => new Proxy({}, { get: (_, name) => new Init()[name] })]
])('an init of fetch that is %s means what it means there', async (_, init) => {
  const sent = deferred()
  const { url } = await httpServer(async (request, reply) => {
    sent.resolve([request.method, request.headers['x-own'], String(await bodyOf(request))])
    reply.end()
  })
  await open().fetch(url, init())
  expect(await sent.promise).toEqual(['POST', '1', 'abc'])
})

test('an init of fetch that is none is refused in the words of the platform', async () => {
  const [told, known] = await Promise.all([rejection(open().fetch(server.url('/json'), 5)), rejection(fetch(server.url('/json'), 5))])
  expect([told.name, told.message]).toEqual([known.name, known.message])
})

test('a signal of fetch that is none is refused in the words of the platform', async () => {
  const [told, known] = await Promise.all([open().fetch, fetch].map(one => rejection(one.call(open(), server.url('/json'), { signal: 5 }))))
  expect([told.name, told.message]).toEqual([known.name, known.message])
})

test('a large reply streams', async () => {
  const { body } = await open().request(server.url('/bytes?n=5000000'))
  let read = 0
  for await (const chunk of body) read += chunk.length
  expect(read).toBe(5_000_000)
})

test.each(['gzip', 'deflate', 'br'])('%s is undone', async coding => {
  const { headers, body } = await open().request(server.url(`/encoded?coding=${coding}&n=10000`))
  expect([headers['content-encoding'], (await body.text()).length]).toEqual([undefined, 10_000])
})

test('trailers arrive', async () => {
  const reply = await open().request(server.url('/trailers'))
  await reply.body.text()
  expect(reply.trailers).toEqual({ 'x-checksum': 'abcdefgh', 'x-count': '8' })
})

test('a refused connection is a PoolError with the code of Node', async () => {
  const port = await closedPort()
  const error = await rejection(open().request(`http://127.0.0.1:${port}/`))
  expect(error).toMatchObject({ name: 'PoolError', code: 'ECONNREFUSED', port, phase: 'connect', origin: `http://127.0.0.1:${port}`, mayHaveBeenProcessed: false })
})

test('an error says nothing of the credentials in a url', async () => {
  const error = await rejection(open().request(`http://user:secret@127.0.0.1:${await closedPort()}/`))
  expect(JSON.stringify({ ...error, message: error.message })).not.toContain('secret')
})

test.each([['headersTimeout', 'ERR_POOL_HEADERS_TIMEOUT'], ['requestTimeout', 'ERR_POOL_REQUEST_TIMEOUT']])('%s ends a request', async (name, code) => {
  expect(await rejection(open().request(server.url('/delay?ms=10000'), { [name]: 20 }))).toMatchObject({ code })
})

test('queueTimeout ends a request that waits for a socket', async () => {
  const pool = open({ maxSockets: 1, queueTimeout: 20 })
  const first = pool.request(server.url('/delay?ms=200'))
  expect(await rejection(pool.request(server.url('/json')))).toMatchObject({ code: 'ERR_POOL_QUEUE_TIMEOUT' })
  await (await first).body.text()
})

test('a signal ends a request with its own reason', async () => {
  const reason = new Error('enough')
  const controller = new AbortController()
  const failed = rejection(open().request(server.url('/delay?ms=10000'), { signal: controller.signal }))
  controller.abort(reason)
  expect(await failed).toBe(reason)
})

test('an error is counted once, and told once to whoever listens', async () => {
  const pool = open()
  const heard = []
  pool.on('request_error', ({ error }) => heard.push(error))
  const { url } = await httpServer(request => request.socket.destroy())
  const error = await rejection(pool.request(url))
  expect(heard).toEqual([error])
  expect(pool.getMetrics().errors).toBe(1)
})

test('a wrong argument is refused as ever', async () => {
  expect(await rejection(open().request('nowhere'))).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_URL' })
})

test('a destroyed pool refuses, and its agents let the process exit', async () => {
  const { stdout, code } = await runChild(`
    process.env.RAG_POOL_BYPASS = '1'
    process.on('warning', ({ code }) => console.log(code))
    const pool = new ConnectionPoolManager()
    new ConnectionPoolManager().destroy()
    await (await pool.request(url)).body.text()
    pool.destroy()
    await pool.request(url).catch(error => console.log(error.code, pool.getHttpAgent()))
  `, { url: server.url('/json') })
  expect([code, stdout.trim().split('\n')]).toEqual([0, ['RAG_POOL_BYPASS', 'ERR_POOL_DESTROYED null']])
})

test("fetch goes through the platform's own", async () => {
  const { url } = await httpServer((request, reply) => { reply.end(request.headers.connection) })
  const pool = open()
  // What undici says and the engine does not.
  expect(await (await pool.fetch(url)).text()).toBe('keep-alive')
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 0, connectionsCreated: 0 })
})

test('a listener that throws harms no request', async () => {
  const { stdout } = await runChild(`
    process.env.RAG_POOL_BYPASS = '1'
    const pool = new ConnectionPoolManager()
    const thrown = new Promise(resolve => process.once('uncaughtException', resolve))
    pool.on('request_completed', () => { throw new Error('mine') })
    const { body } = await pool.request(url)
    console.log(await body.text(), (await thrown).message)
  `, { url: server.url('/status?code=200') })
  expect(stdout).toMatch(/ mine\n$/)
})
