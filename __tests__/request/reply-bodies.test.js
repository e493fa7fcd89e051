'use strict'

const { open } = require('../support/pools')
const { rejection } = require('../support/awaiting')
const { serve, httpServer, tcpServer } = require('../support/servers')

const server = serve('bench-server')
const faulty = serve('fault-server')

const get = (path, options) => open().request(server.url(path), options)

/** A reply with this body and these headers. */
async function reply (body, headers = {}) {
  const { url } = await httpServer((_, response) => { response.writeHead(200, headers).end(body) })
  return open().request(url)
}

/** The bench server's bytes: byte i is i mod 256. */
function expectPattern (bytes, length) {
  expect(bytes.length).toBe(length)
  expect(Buffer.from(bytes).equals(Buffer.from(Uint8Array.from({ length }, (_, index) => index)))).toBe(true)
}

const TEXT = 'naïve ☃ 𝄞'

test('json() gives the value', async () => {
  expect(await (await get('/json')).body.json()).toMatchObject({ id: 'chatcmpl-0123456789abcdef' })
})

test('json() rejects with a SyntaxError for what is no JSON', async () => {
  expect(await rejection((await reply('{')).body.json())).toMatchObject({ name: 'SyntaxError' })
})

test('text() decodes UTF-8', async () => {
  expect(await (await reply(TEXT)).body.text()).toBe(TEXT)
})

test('text() leaves the byte order mark out', async () => {
  expect(await (await reply(`\ufeff${TEXT}`)).body.text()).toBe(TEXT)
})

test('json() leaves the byte order mark out', async () => {
  expect(await (await reply('\ufeff{"a":1}')).body.json()).toEqual({ a: 1 })
})

test('bytes that are no UTF-8 become U+FFFD and not latin1', async () => {
  expect(await (await reply(Buffer.from('café', 'latin1'))).body.text()).toBe('caf\ufffd')
})

test('a character that is cut by a chunk is whole in the text', async () => {
  const bytes = Buffer.from('☃')
  const { url } = await httpServer((_, response) => {
    response.write(bytes.subarray(0, 1))
    setImmediate(() => response.end(bytes.subarray(1)))
  })
  expect(await (await open().request(url)).body.text()).toBe('☃')
})

test('bytes() of what came behind the head lies in a store of its own', async () => {
  const { url } = await httpServer((_, response) => {
    response.flushHeaders()
    setImmediate(() => response.end(TEXT))
  })
  const bytes = await (await open().request(url)).body.bytes()
  expect([Buffer.from(bytes).toString(), bytes.buffer.byteLength]).toEqual([TEXT, Buffer.byteLength(TEXT)])
})

test('bytes() gives a Uint8Array of its own', async () => {
  const bytes = await (await reply(TEXT)).body.bytes()
  expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
  expect([Buffer.from(bytes).toString(), bytes.buffer.byteLength]).toEqual([TEXT, Buffer.byteLength(TEXT)])
})

test('arrayBuffer() gives just the bytes', async () => {
  const buffer = await (await reply(TEXT)).body.arrayBuffer()
  expect([Object.prototype.toString.call(buffer), Buffer.from(buffer).toString()]).toEqual(['[object ArrayBuffer]', TEXT])
})

test('blob() gives the bytes', async () => {
  expect(await (await (await reply(TEXT)).body.blob()).text()).toBe(TEXT)
})

test('dump() resolves and frees the connection', async () => {
  const pool = open()
  await (await pool.request(server.url('/bytes?n=100000'))).body.dump()
  await (await pool.request(server.url('/json'))).body.text()
  expect(pool.getMetrics().connectionsCreated).toBe(1)
})

test('dump() of a large body closes its connection instead of reading it all', async () => {
  const pool = open()
  await (await pool.request(server.url('/bytes?n=100000000'))).body.dump()
  expect(pool.getMetrics()).toMatchObject({ currentPoolSize: 0, connectionsDestroyed: 1 })
})

test.each(['text', 'json', 'bytes', 'arrayBuffer', 'blob'])('%s() after text() is refused', async method => {
  const { body } = await get('/json')
  await body.text()
  expect(await rejection(body[method]())).toMatchObject({ name: 'TypeError', message: expect.stringContaining('already been read') })
})

test('a body that is being read is refused to the next', async () => {
  const { body } = await get('/bytes?n=1000000')
  const first = body.bytes()
  expect(await rejection(body.text())).toMatchObject({ name: 'TypeError' })
  expectPattern(await first, 1_000_000)
})

test('bodyUsed tells whether it was read', async () => {
  const { body } = await get('/json')
  const before = body.bodyUsed
  await body.text()
  expect([before, body.bodyUsed]).toEqual([false, true])
})

test('an empty body is an empty text', async () => {
  expect(await (await reply('')).body.text()).toBe('')
})

test('an empty body has no bytes', async () => {
  expect((await (await reply('')).body.bytes()).length).toBe(0)
})

test.each([1, 16 * 1024 - 1, 16 * 1024, 65_535, 65_536, 65_537, 262_145, 5_000_000])('%d bytes arrive as they are, by length', async n => {
  expectPattern(await (await get(`/bytes?n=${n}`)).body.bytes(), n)
})

test.each([1, 65_535, 65_536, 65_537, 5_000_000])('%d bytes arrive as they are, in chunks', async n => {
  expectPattern(await (await get(`/bytes?n=${n}&chunked=1`)).body.bytes(), n)
})

test.each([65_535, 65_536, 65_537, 600_000])('%d characters of ASCII arrive as they are', async n => {
  const text = await (await get(`/json?bytes=${n}`)).body.text()
  expect([text.length, typeof JSON.parse(text)]).toEqual([n, 'object'])
})

test('trailers are there once the body has been read', async () => {
  const reply = await get('/trailers')
  expect([await reply.body.text(), reply.trailers]).toEqual(['abcdefgh', { 'x-checksum': 'abcdefgh', 'x-count': '8' }])
})

test('a reply without trailers has none', async () => {
  const reply = await get('/json')
  await reply.body.text()
  expect(reply.trailers).toEqual({})
})

test('a HEAD reply has headers and no body', async () => {
  const { statusCode, headers, body } = await open().request(faulty.url('/head'), { method: 'HEAD' })
  expect([statusCode, headers['content-length'], await body.text()]).toEqual([200, '1234', ''])
})

test('what a server sends behind the head of a reply to HEAD is no reply to the next request', async () => {
  const forged = 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged'
  const { url } = await tcpServer(socket => socket.on('data', asked => {
    if (!String(asked).startsWith('HEAD')) return socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nreal')
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${forged.length}\r\n\r\n`)
    setImmediate(() => socket.write(forged))
  }))
  const pool = open()
  for (let pair = 0; pair < 20; pair++) {
    await (await pool.request(url, { method: 'HEAD' })).body.text()
    expect(await (await pool.request(url)).body.text()).toBe('real')
  }
})

test('the connection of a reply to HEAD is used again where a GET would have no body', async () => {
  const { url } = await httpServer((_, reply) => reply.setHeader('content-length', 0).end())
  const pool = open()
  for (const method of ['HEAD', 'GET', 'HEAD']) await (await pool.request(url, { method })).body.text()
  expect(pool.getMetrics().connectionsCreated).toBe(1)
})

test.each([204, 304])('a %d reply has no body', async status => {
  const { statusCode, body } = await open().request(faulty.url(`/${status}`))
  expect([statusCode, await body.text()]).toEqual([status, ''])
})

test('the connection of a reply without body is used again', async () => {
  const pool = open()
  for (const path of ['/204', '/304', '/ok']) await (await pool.request(faulty.url(path))).body.text()
  expect(pool.getMetrics().connectionsCreated).toBe(1)
})

test('a body without length ends with its connection', async () => {
  const { body } = await open().request(faulty.url('/close-delimited'))
  expect((await body.text()).length).toBeGreaterThan(0)
})

test('informational heads before the reply are passed over', async () => {
  expect((await open().request(faulty.url('/1xx?n=3'))).statusCode).toBe(200)
})

test('a reply that comes a byte at a time is the same reply', async () => {
  expect(await (await open().request(faulty.url('/dribble?every=0'))).body.json()).toEqual({ ok: true })
})

test('a status of failure is a reply like any other', async () => {
  expect((await get('/status?code=503')).statusCode).toBe(503)
})

test('statusText is what the server said', async () => {
  const { url } = await httpServer((_, response) => { response.writeHead(299, 'Quite Fine').end() })
  expect((await open().request(url)).statusText).toBe('Quite Fine')
})

test('reply headers have lower-case names', async () => {
  expect((await reply('', { 'X-Mixed-Case': 'Value' })).headers['x-mixed-case']).toBe('Value')
})

test('a reply header that comes twice is a list', async () => {
  const { headers } = await reply('', { 'set-cookie': ['a=1', 'b=2', 'c=3'], 'x-one': 'once' })
  expect([headers['set-cookie'], headers['x-one']]).toEqual([['a=1', 'b=2', 'c=3'], 'once'])
})

test('a reply header of latin1 is read as such', async () => {
  expect((await reply('', { 'x-name': 'Zo\u00eb' })).headers['x-name']).toBe('Zo\u00eb')
})

test('a reply header named __proto__ is a header', async () => {
  const { headers } = await reply('', [['__proto__', 'x'], ['constructor', 'y']].flat())
  expect([Object.getOwnPropertyDescriptor(headers, '__proto__')?.value, headers.constructor, Object.getPrototypeOf(headers) === Object.prototype])
    .toEqual(['x', 'y', true])
})

test('headers are the same object each time', async () => {
  const got = await get('/json')
  expect(got.headers).toBe(got.headers)
})

test.each(['gzip', 'deflate', 'br', 'zstd'])('%s is undone', async coding => {
  const { body, headers } = await get(`/encoded?coding=${coding}&n=100000`)
  const text = await body.text()
  expect([text.length, headers['content-encoding'], headers['content-length']]).toEqual([100_000, undefined, undefined])
})

test('decompress: false leaves the coding as it is', async () => {
  const { body, headers } = await get('/encoded?coding=gzip&n=100000', { decompress: false })
  const bytes = Buffer.from(await body.bytes())
  expect([headers['content-encoding'], require('node:zlib').gunzipSync(bytes).length]).toEqual(['gzip', 100_000])
})
