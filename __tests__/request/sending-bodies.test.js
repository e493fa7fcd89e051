'use strict'

const { createReadStream } = require('node:fs')
const { Readable } = require('node:stream')
const { File: OtherFile, FormData: Other } = require('formdata-node')
const { open } = require('../support/pools')
const { rejection, settled, deferred } = require('../support/awaiting')
const { serve, httpServer, bodyOf, closedPort } = require('../support/servers')

const server = serve('bench-server')

/** What a server of Node's received: the body's bytes and the headers that go with them. */
async function received (body, options = {}) {
  const got = deferred()
  const { url } = await httpServer(async (request, reply) => {
    got.resolve({ headers: request.headers, body: await bodyOf(request) })
    reply.end()
  })
  const { body: none } = await open().request(url, { method: 'POST', body, ...options })
  await none.dump()
  return got.promise
}

async function * asyncChunks (...chunks) {
  yield * chunks
}

/** Bytes that differ from their neighbours, so that one lost or doubled shows. */
const pattern = length => Buffer.from(Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 0xff))

const TEXT = 'naïve ☃ 𝄞'
const BYTES = Buffer.from(TEXT)

test.each([
  ['a string', () => TEXT],
  ['a Buffer', () => Buffer.from(TEXT)],
  ['a Uint8Array that is a view', () => Uint8Array.from([120, ...BYTES, 121]).subarray(1, 1 + BYTES.length)],
  ['a DataView', () => { const all = Uint8Array.from([120, ...BYTES, 121]); return new DataView(all.buffer, 1, BYTES.length) }],
  ['an ArrayBuffer', () => Uint8Array.from(BYTES).buffer],
  ['a SharedArrayBuffer', () => { const shared = new SharedArrayBuffer(BYTES.length); new Uint8Array(shared).set(BYTES); return shared }]
])('%s arrives as its bytes, with its length', async (_, make) => {
  const { body, headers } = await received(make())
  expect([body.toString(), headers['content-length'], headers['transfer-encoding']]).toEqual([TEXT, String(BYTES.length), undefined])
})

test.each([
  ['a Readable', () => Readable.from([BYTES.subarray(0, 3), BYTES.subarray(3)])],
  ['a Readable of strings', () => Readable.from(['naïve ', '☃ 𝄞'])],
  ['an async iterable', () => asyncChunks(BYTES.subarray(0, 3), BYTES.subarray(3))],
  ['an iterable of chunks', () => [BYTES.subarray(0, 3), BYTES.subarray(3)]],
  ['a generator', () => (function * () { yield 'naïve '; yield Buffer.from('☃ 𝄞') })()],
  ['a ReadableStream', () => new ReadableStream({ start (c) { c.enqueue(new Uint8Array(BYTES)); c.close() } })],
  ['a stream with empty chunks', () => asyncChunks('', BYTES, Buffer.alloc(0))]
])('%s arrives whole, in chunks', async (_, make) => {
  const { body, headers } = await received(make())
  expect([body.toString(), headers['content-length'], headers['transfer-encoding']]).toEqual([TEXT, undefined, 'chunked'])
})

test('URLSearchParams arrive as a form', async () => {
  const { body, headers } = await received(new URLSearchParams({ a: '1 2', b: 'ä' }))
  expect([body.toString(), headers['content-type']]).toEqual(['a=1+2&b=%C3%A4', 'application/x-www-form-urlencoded;charset=UTF-8'])
})

test('a Blob arrives with its length and type', async () => {
  const { body, headers } = await received(new Blob([BYTES], { type: 'text/x-own' }))
  expect([body.toString(), headers['content-length'], headers['content-type']]).toEqual([TEXT, String(BYTES.length), 'text/x-own'])
})

test('a Blob without a type says nothing of it', async () => {
  expect((await received(new Blob([BYTES]))).headers['content-type']).toBeUndefined()
})

test('FormData arrives as multipart', async () => {
  const form = new FormData()
  form.set('field', TEXT)
  form.set('file', new Blob(['content']), 'name.txt')
  const { body, headers } = await received(form)
  const parsed = await new Response(body, { headers: { 'content-type': headers['content-type'] } }).formData()
  expect([parsed.get('field'), await parsed.get('file').text(), parsed.get('file').name]).toEqual([TEXT, 'content', 'name.txt'])
})

/** A form as what reads it has it. */
async function read (body, type) {
  const form = await new Response(body, { headers: { 'content-type': type } }).formData()
  return Promise.all([...form].map(async ([name, value]) => [name, typeof value === 'string' ? value : [value.name, value.type, await value.text()]]))
}

test('FormData arrives with its length, as the platform would have encoded it', async () => {
  const form = new FormData()
  form.append('quotes "and" lines\r\n', 'one\ntwo\rthree\r\n')
  form.append('ключ', 'значение €')
  form.append('empty', '')
  form.append('file', new Blob(['content'], { type: 'text/x' }), 'na"me\n.txt')
  form.append('file', new File([], 'empty.bin'))
  form.append('blob', new Blob([Uint8Array.of(0, 13, 10, 255)]))
  const { body, headers } = await received(form)
  expect([headers['content-length'], headers['transfer-encoding']]).toEqual([String(body.length), undefined])
  const platforms = new Response(form)
  expect(await read(body, headers['content-type'])).toEqual(await read(await platforms.arrayBuffer(), platforms.headers.get('content-type')))
})

test('FormData of another library arrives as the platform\'s does', async () => {
  const form = new Other()
  form.set('file', new OtherFile(['content'], 'name.txt'))
  expect(form.get('file')).not.toBeInstanceOf(Blob)
  const { body, headers } = await received(form)
  expect(await read(body, headers['content-type'])).toEqual([['file', ['name.txt', 'application/octet-stream', 'content']]])
})

test('the caller\'s content-type stands before the body\'s own', async () => {
  const { headers } = await received(new URLSearchParams('a=1'), { headers: { 'Content-Type': 'text/plain' } })
  expect(headers['content-type']).toBe('text/plain')
})

test.each([
  ['string', () => ''],
  ['Buffer', () => Buffer.alloc(0)],
  ['ArrayBuffer', () => new ArrayBuffer(0)],
  ['view', () => new DataView(new ArrayBuffer(4), 2, 0)],
  ['URLSearchParams', () => new URLSearchParams()],
  ['null', () => null]
])('an empty %s is a body of length 0', async (_, make) => {
  const { body, headers } = await received(make())
  expect([body.length, headers['content-length'], headers['transfer-encoding']]).toEqual([0, '0', undefined])
})

test('an empty stream ends at once', async () => {
  const { body, headers } = await received(asyncChunks())
  expect([body.length, headers['transfer-encoding']]).toEqual([0, 'chunked'])
})

test('GET may carry a body', async () => {
  const { body } = await received('hello', { method: 'GET' })
  expect(body.toString()).toBe('hello')
})

const SIZES = [1, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 64 * 1024, 64 * 1024 + 1, 256 * 1024 + 1, 5_000_000]

test.each(SIZES)('%d bytes of a Buffer are the same bytes', async size => {
  const { body } = await received(pattern(size))
  expect(body.equals(pattern(size))).toBe(true)
})

test.each(SIZES)('%d bytes of a stream are the same bytes', async size => {
  const { body } = await received(Readable.from((function * () {
    const bytes = pattern(size)
    for (let at = 0; at < size; at += 100_000) yield bytes.subarray(at, at + 100_000)
  })()))
  expect(body.equals(pattern(size))).toBe(true)
})

test.each([5461, 5462, 16 * 1024, 16 * 1024 + 1, 1_700_000])('%d characters of three bytes each arrive whole', async length => {
  const { body, headers } = await received('☃'.repeat(length))
  expect([body.length, headers['content-length']]).toEqual([3 * length, String(3 * length)])
})

test('a lone surrogate goes out as U+FFFD, as everywhere', async () => {
  expect((await received('a\ud800b')).body.toString()).toBe('a\ufffdb')
})

test.each([1000, 100_000])('%d bytes may be written over once request() has returned', async length => {
  const { url } = await httpServer(async (request, reply) => { reply.end(await bodyOf(request)) })
  const bytes = Buffer.alloc(length, 'a')
  const asked = open().request(url, { method: 'POST', body: bytes })
  bytes.fill('b')
  expect((await (await asked).body.text()).includes('b')).toBe(false)
})

test('a content-length given for a stream goes out in place of chunks', async () => {
  const { body, headers } = await received(asyncChunks('abc', 'def'), { headers: { 'content-length': 6 } })
  expect([body.toString(), headers['content-length'], headers['transfer-encoding']]).toEqual(['abcdef', '6', undefined])
})

test.each([['shorter', 7], ['longer', 5]])('a stream that is %s than its content-length fails its request', async (_, length) => {
  const error = await rejection(received(asyncChunks('abc', 'def'), { headers: { 'content-length': length } }))
  expect(error).toMatchObject({ name: 'RangeError', code: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH' })
})

test('what the source of a body throws is what its request is rejected with', async () => {
  const fault = new Error('no more')
  const error = await rejection(received((async function * () { yield 'a'; throw fault })()))
  expect(error).toBe(fault)
})

test('a Readable that is destroyed with an error fails its request with it', async () => {
  const fault = new Error('broken')
  const source = new Readable({ read () { this.push('a'); this.destroy(fault) } })
  expect(await rejection(received(source))).toBe(fault)
})

test('a Readable that fails before it is read fails its request with the same error', async () => {
  const source = new Readable({ read () {} })
  const asked = rejection(open().request(server.url('/sink'), { method: 'POST', body: source }))
  const fault = new Error('gone')
  source.destroy(fault)
  expect(await asked).toBe(fault)
})

test('a file that is not there fails its request and not the process', async () => {
  expect(await rejection(open().request(server.url('/sink'), { method: 'POST', body: createReadStream('/no/such/file') }))).toMatchObject({ code: 'ENOENT' })
})

test('what the end of a source throws harms nobody: the request is rejected with its own reason', async () => {
  const aborter = new AbortController()
  const reading = deferred()
  const body = {
    [Symbol.asyncIterator]: () => ({
      next () { reading.resolve(); return new Promise(() => {}) },
      return () { throw new Error('not heard') }
    })
  }
  const asked = rejection(open().request(server.url('/sink'), { method: 'POST', body, signal: aborter.signal }))
  await reading.promise
  const reason = new Error('enough')
  aborter.abort(reason)
  expect(await asked).toBe(reason)
})

test('a ReadableStream is cancelled with the reason of its request, though a read is pending', async () => {
  const aborter = new AbortController()
  const [reading, cancelled] = [deferred(), deferred()]
  const body = new ReadableStream({
    pull () { reading.resolve(); return new Promise(() => {}) },
    cancel: cancelled.resolve
  }, { highWaterMark: 0 })
  const asked = rejection(open().request(server.url('/sink'), { method: 'POST', body, signal: aborter.signal }))
  await reading.promise
  const reason = new Error('enough')
  aborter.abort(reason)
  expect([await asked, await cancelled.promise]).toEqual([reason, reason])
})

test('a ReadableStream whose request finds no server is cancelled with what the request is rejected with', async () => {
  const cancelled = deferred()
  const body = new ReadableStream({ cancel: cancelled.resolve })
  const error = await rejection(open().request(`http://127.0.0.1:${await closedPort()}`, { method: 'POST', body }))
  expect([error.code, await cancelled.promise]).toEqual(['ECONNREFUSED', error])
})

test('a ReadableStream of which nothing was read is cancelled too', async () => {
  const cancelled = deferred()
  const body = new ReadableStream({ cancel: () => cancelled.resolve('cancelled') })
  const asked = rejection(open({ maxSockets: 1 }).request('http://127.0.0.1:1/', { method: 'POST', body }))
  expect([(await asked).code, await cancelled.promise]).toEqual(['ECONNREFUSED', 'cancelled'])
})

test('a server that stops reading makes the source stop', async () => {
  const reading = deferred()
  const { url } = await httpServer(async (request, reply) => {
    request.pause()
    await reading.promise
    reply.end(String((await bodyOf(request)).length))
  })
  const pool = open()
  const chunk = Buffer.alloc(64 * 1024)
  let produced = 0
  const source = (async function * () { for (; produced < 640; produced++) yield chunk })()
  const asked = pool.request(url, { method: 'POST', body: source })
  await settled(() => produced, async () => { await (await pool.request(server.url('/json'))).body.text() })
  expect(produced).toBeLessThan(640)
  reading.resolve()
  expect(await (await asked).body.text()).toBe(String(640 * chunk.length))
})

test('an early reply ends the request and tells the source to stop', async () => {
  const { url } = await httpServer((request, reply) => { reply.writeHead(413).end() })
  const stopped = deferred()
  const source = (async function * () {
    try { for (;;) yield Buffer.alloc(64 * 1024) } finally { stopped.resolve('stopped') }
  })()
  const { statusCode } = await open().request(url, { method: 'POST', body: source })
  expect([statusCode, await stopped.promise]).toEqual([413, 'stopped'])
})
