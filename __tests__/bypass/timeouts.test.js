'use strict'

const { rejection } = require('../support/awaiting')
const { httpServer, serve, tcpServer } = require('../support/servers')
const { open } = require('./pools')

const server = serve('bench-server')
const faulty = serve('fault-server')

const read = asked => asked.then(({ body }) => body.text())
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'

test('bodyTimeout bounds the silence between the head and the body', async () => {
  const { url } = await tcpServer(socket => socket.once('data', () => socket.write(HEAD)))
  expect(await rejection(read(open({ bodyTimeout: 20 }).request(url)))).toMatchObject({ code: 'ERR_POOL_BODY_TIMEOUT', phase: 'body' })
})

test('bodyTimeout bounds the silence between two pieces', async () => {
  expect(await rejection(read(open({ bodyTimeout: 20 }).request(faulty.url('/stall-in-body'))))).toMatchObject({ code: 'ERR_POOL_BODY_TIMEOUT' })
})

test('bodyTimeout is not that of the whole body', async () => {
  // Far less than the body takes, and far more than a piece does.
  expect((await read(open({ bodyTimeout: 500 }).request(server.url('/drip?n=60&every=10')))).length).toBe(60)
})

test('bodyTimeout does not run while the reader rests', async () => {
  const { body } = await open({ bodyTimeout: 60 }).request(server.url('/bytes?n=3000000'))
  let size = 0
  for await (const chunk of body) {
    if (size === 0) await new Promise(resolve => setTimeout(resolve, 200))
    size += chunk.length
  }
  expect(size).toBe(3_000_000)
})

test('headersTimeout does not run when the reply came before the request was out', async () => {
  const { url } = await httpServer((request, reply) => {
    reply.writeHead(200, { 'content-length': 2 }).write('a')
    request.resume().on('end', () => setTimeout(() => reply.end('b'), 100))
  })
  let answered
  const replied = new Promise(resolve => { answered = resolve })
  async function * source () {
    yield 'x'
    await replied
    yield 'y'
  }
  const { body } = await open({ headersTimeout: 20 }).request(url, { method: 'POST', body: source() })
  answered()
  expect(await body.text()).toBe('ab')
})

test('connectTimeout bounds a handshake', async () => {
  expect(await rejection(open({ connectTimeout: 20 }).request(`https://127.0.0.1:${faulty.silent}/`))).toMatchObject({ code: 'ERR_POOL_CONNECT_TIMEOUT', phase: 'connect' })
})

test('timeout bounds a write that the peer does not take', async () => {
  const { url } = await tcpServer(socket => socket.pause())
  const asked = open({ timeout: 60 }).request(url, { method: 'POST', body: Buffer.alloc(20_000_000) })
  expect(await rejection(asked)).toMatchObject({ code: 'ERR_POOL_WRITE_TIMEOUT', phase: 'head' })
})

test('timeout of the request stands before the pool\'s', async () => {
  const { url } = await tcpServer(socket => socket.pause())
  const asked = open().request(url, { method: 'POST', body: Buffer.alloc(20_000_000), timeout: 60 })
  expect(await rejection(asked)).toMatchObject({ code: 'ERR_POOL_WRITE_TIMEOUT' })
})

test('timeout does not bound the wait for the head', async () => {
  expect((await read(open({ timeout: 20 }).request(server.url('/delay?ms=150')))).length).toBe(200)
})

test('a timeout is told of with its name and its length, and counted as one', async () => {
  const pool = open({ headersTimeout: 20 })
  expect((await rejection(pool.request(server.url('/delay?ms=10000')))).message).toContain('headersTimeout of 20 ms')
  expect(pool.getMetrics()).toMatchObject({ errors: 1, timeouts: 1 })
})
