'use strict'

// Bodies of 100 MiB, readers that rest, bodies in many small pieces, many requests.

const http = require('node:http')
const https = require('node:https')
const { crc32 } = require('node:zlib')
const { once } = require('node:events')
const { Readable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { UploadWindow, LEAST } = require('../../lib/agent/upload-window')
const { settled } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { bodyOf, httpServer, serve } = require('../support/servers')

const server = serve('bench-server')
const MIB = 2 ** 20
afterEach(() => jest.restoreAllMocks())
const SIZE = 100 * MIB

/** Pieces of the given sizes in turn, up to a total. */
function * pieces (total, size) {
  const piece = Buffer.alloc(size, 'some text ')
  for (let left = total; left > 0; left -= size) yield left < size ? piece.subarray(0, left) : piece
}

const ways = () => [
  ['in clear', { request: http.request, origin: server.url(''), agent: open().getHttpAgent() }],
  ['over TLS', { request: https.request, origin: `https://localhost:${server.https1}`, agent: open({ tls: { ca: server.ca } }).getHttpsAgent() }]
]

test.each(['in clear', 'over TLS'])('100 MiB go up %s, and arrive whole', async way => {
  const { request, origin, agent } = new Map(ways()).get(way)
  const req = request(`${origin}/sink`, { agent, method: 'PUT' })
  const reply = once(req, 'response')
  await pipeline(Readable.from(pieces(SIZE, 64 * 1024)), req)
  const [response] = await reply
  expect(JSON.parse(await bodyOf(response)).bytes).toBe(SIZE)
})

/** What the kernel took last, if it is less than this, is told with the reply, which ends the upload. */
const NEWS = 128 * 1024

test('the window of an upload hears what the kernel takes while it is under way, and of its end', async () => {
  const told = []
  jest.spyOn(UploadWindow.prototype, 'taken').mockImplementation(taken => { told.push(taken) })
  jest.spyOn(UploadWindow.prototype, 'end').mockImplementation(() => { told.push('end') })
  jest.spyOn(UploadWindow.prototype, 'size', 'get').mockReturnValue(LEAST)
  const req = http.request(server.url('/sink'), { agent: open().getHttpAgent(), method: 'PUT', headers: { 'content-length': 4 * MIB } })
  const reply = once(req, 'response')
  const closed = once(req, 'close')
  await pipeline(Readable.from(pieces(4 * MIB, 64 * 1024)), req)
  const [response] = await reply
  expect(JSON.parse(await bodyOf(response)).bytes).toBe(4 * MIB)
  await closed
  const [taken, end] = told.slice(-2)
  const all = 4 * MIB + Buffer.byteLength(req._header)
  expect([taken > all - NEWS, taken <= all, end]).toEqual([true, true, 'end'])
})

test('the window of an upload that is given up ends with it', async () => {
  const ended = jest.spyOn(UploadWindow.prototype, 'end')
  const { server: origin, url } = await httpServer(() => {})
  const req = http.request(url, { agent: open().getHttpAgent(), method: 'POST' })
  req.on('error', () => {}).write('begin')
  await once(origin, 'request')
  const closed = new Promise(resolve => req.on('close', resolve))
  expect(ended).not.toHaveBeenCalled()
  req.destroy()
  await closed
  expect(ended).toHaveBeenCalledTimes(1)
})

test.each(['in clear', 'over TLS'])('100 MiB come down %s, and arrive whole', async way => {
  const { request, origin, agent } = new Map(ways()).get(way)
  const [response] = await once(request(`${origin}/bytes?n=${SIZE}`, { agent }).end(), 'response')
  let bytes = 0
  let isRight = true
  for await (const chunk of response) {
    isRight &&= chunk[0] === bytes % 256 && chunk[chunk.length - 1] === (bytes + chunk.length - 1) % 256
    bytes += chunk.length
  }
  expect([bytes, isRight]).toEqual([SIZE, true])
})

test('a reader that rests stops the socket, and loses nothing', async () => {
  const [response] = await once(http.get(server.url(`/bytes?n=${SIZE}`), { agent: open().getHttpAgent() }), 'response')
  await settled(() => response.socket.bytesRead, () => new Promise(resolve => setTimeout(resolve, 1)), 100)
  expect(response.socket.bytesRead).toBeLessThan(8 * MIB)
  let bytes = 0
  for await (const chunk of response) bytes += chunk.length
  expect(bytes).toBe(SIZE)
})

test('a server that does not read stops the writer', async () => {
  const { server: origin, url } = await httpServer(() => {})
  const req = http.request(url, { agent: open().getHttpAgent(), method: 'POST' })
  const failed = once(req, 'error')
  req.write('begin')
  await once(origin, 'request')
  let written = 0
  for (const piece of pieces(SIZE, 64 * 1024)) {
    written += piece.length
    if (!req.write(piece)) await Promise.race([once(req, 'drain'), settled(() => req.socket.bytesWritten, () => new Promise(resolve => setTimeout(resolve, 1)), 100)])
    if (req.writableNeedDrain) break
  }
  expect(written).toBeLessThan(32 * MIB)
  req.destroy()
  await failed
})

test('a body in 50,000 small pieces arrives whole', async () => {
  const { url } = await httpServer(async (request, reply) => { reply.end(String(crc32(await bodyOf(request)))) })
  const req = http.request(url, { agent: open().getHttpAgent(), method: 'POST' })
  for (let i = 0; i < 50_000; i++) req.write(`piece ${i}\n`)
  req.end()
  const [response] = await once(req, 'response')
  const whole = Array.from({ length: 50_000 }, (_, i) => `piece ${i}\n`).join('')
  expect(Number(await bodyOf(response))).toBe(crc32(whole))
})

test('several requests written back to back are each answered', async () => {
  const agent = open({ maxSocketsPerHost: 2 }).getHttpAgent()
  const { url } = await httpServer((request, reply) => reply.end(request.url))
  const requests = Array.from({ length: 40 }, (_, i) => http.get(`${url}/${i}`, { agent }))
  const bodies = await Promise.all(requests.map(async request => String(await bodyOf((await once(request, 'response'))[0]))))
  expect(bodies).toEqual(Array.from({ length: 40 }, (_, i) => `/${i}`))
})

test('100,000 requests leave no listener and nothing that grows', async () => {
  const { stdout, stderr } = await runChild(`
    const http = require('node:http')
    const pool = new ConnectionPoolManager({ maxSockets: 50, maxSocketsPerHost: 50 })
    const agent = pool.getHttpAgent()
    const get = () => new Promise((resolve, reject) => http.get(url, { agent }, reply => reply.resume().on('end', resolve)).on('error', reject))
    const many = async count => { await Promise.all(Array.from({ length: 50 }, async () => { for (let i = 0; i < count / 50; i++) await get() })) }
    const memory = async () => { for (let i = 0; i < 3; i++) { gc(); await new Promise(resolve => setImmediate(resolve)) } return process.memoryUsage() }
    await many(20_000)
    const before = await memory()
    await many(100_000)
    const after = await memory()
    const listeners = Math.max(0, ...Object.values(agent.freeSockets).flat().map(socket => Math.max(...socket.eventNames().map(name => socket.listenerCount(name)))))
    console.log(JSON.stringify({ rss: (after.rss - before.rss) / 2 ** 20, heap: (after.heapUsed - before.heapUsed) / 2 ** 20, listeners, total: pool.getMetrics().totalRequests }))
  `, { url: server.url('/json'), flags: ['--expose-gc'] })
  expect(stderr).toBe('')
  const { rss, heap, listeners, total } = JSON.parse(stdout)
  expect(total).toBe(120_000)
  expect(listeners).toBeLessThan(4)
  expect(heap).toBeLessThan(2)
  expect(rss).toBeLessThan(16)
}, 120_000)
