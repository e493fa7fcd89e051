'use strict'

const { Readable } = require('node:stream')
const zlib = require('node:zlib')
const { rejection, until } = require('../support/awaiting')
const { httpServer, serve, tcpServer } = require('../support/servers')
const { open } = require('./pools')

const server = serve('bench-server')
const faulty = serve('fault-server')

const TEXT = 'some text that is worth it. '.repeat(100)

/** What a pool reads of bytes in some codings. */
async function read (coding, bytes, options = {}) {
  const { url } = await httpServer((_, reply) => reply.writeHead(200, { 'content-encoding': coding }).end(bytes))
  const { headers, body } = await open().request(url, options)
  return { coding: headers['content-encoding'], text: await body.text() }
}

test('bare deflate is undone', async () => {
  expect(await read('deflate', zlib.deflateRawSync(TEXT))).toEqual({ text: TEXT })
})

test('several codings are undone, the last one first', async () => {
  expect(await read('gzip, br', zlib.brotliCompressSync(zlib.gzipSync(TEXT)))).toEqual({ text: TEXT })
})

test('an unknown coding is left as it is', async () => {
  expect(await read('x-own', TEXT)).toEqual({ coding: 'x-own', text: TEXT })
})

test('decompress: false leaves a coding as it is', async () => {
  const { url } = await httpServer((_, reply) => reply.writeHead(200, { 'content-encoding': 'gzip' }).end(zlib.gzipSync(TEXT)))
  const { headers, body } = await open().request(url, { decompress: false })
  expect([headers['content-encoding'], zlib.gunzipSync(await body.bytes()).toString()]).toEqual(['gzip', TEXT])
})

test.each(['HEAD', 'GET'])('an empty body of a %s request is whole, whatever its coding', async method => {
  const { text } = await read('gzip', '', { method })
  expect(text).toBe('')
})

test('half of a coded body is an error', async () => {
  const { body } = await open().request(faulty.url('/truncated-coding?coding=gzip'))
  expect(await rejection(body.text())).toMatchObject({ name: 'PoolError', code: 'Z_BUF_ERROR', phase: 'body' })
})

test('what is no such coding is an error', async () => {
  const { body } = await open().request(faulty.url('/bad-coding?coding=gzip'))
  expect(await rejection(body.text())).toMatchObject({ name: 'PoolError', code: 'Z_DATA_ERROR' })
})

test('maxExpansion bounds how far a body may grow', async () => {
  const { body } = await open({ maxExpansion: 10 }).request(faulty.url('/bomb?coding=gzip&mb=40'))
  expect(await rejection(body.bytes())).toMatchObject({ code: 'ERR_POOL_BODY_TOO_LARGE' })
})

test('a body that ends too early is an error', async () => {
  const { body } = await open().request(faulty.url('/close-in-body'))
  expect(await rejection(body.text())).toMatchObject({ name: 'PoolError', code: 'ECONNRESET', phase: 'body' })
})

test('a reply that changes the protocol fails the request', async () => {
  const { url } = await tcpServer(socket => socket.once('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')))
  expect(await rejection(open().request(url))).toMatchObject({ name: 'PoolError', code: 'ECONNRESET', phase: 'head' })
})

test('a large body that is dumped frees its connection', async () => {
  const pool = open({ maxSockets: 1 })
  const { body } = await pool.request(server.url('/bytes?n=50000000'))
  await body.dump()
  await (await pool.request(server.url('/json'))).body.text()
  expect(pool.getMetrics().totalRequests).toBe(2)
})

test('a reader that rests stops the server', async () => {
  let sent = 0
  function * source () {
    for (; sent < 100_000_000; sent += 100_000) yield Buffer.alloc(100_000)
  }
  const { url } = await httpServer((_, reply) => Readable.from(source()).pipe(reply))
  const { body } = await open().request(url)
  body.on('error', () => {})
  let before = -1
  await until(() => {
    const rests = sent > 0 && sent === before
    before = sent
    return rests
  })
  expect(sent).toBeLessThan(50_000_000)
  body.destroy()
})

test('a source that writes over its buffer sends what it gave', async () => {
  const seen = []
  const { url } = await httpServer(async (request, reply) => {
    for await (const chunk of request) seen.push(chunk)
    reply.end()
  })
  const buffer = Buffer.alloc(20_000)
  async function * source () {
    for (const letter of 'abc') yield buffer.fill(letter)
  }
  await (await open().request(url, { method: 'POST', body: source() })).body.text()
  expect(Buffer.concat(seen).toString()).toBe(['a', 'b', 'c'].map(letter => letter.repeat(20_000)).join(''))
})
