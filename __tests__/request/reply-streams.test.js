'use strict'

const { once } = require('node:events')
const { Readable, Writable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const consumers = require('node:stream/consumers')
const { open } = require('../support/pools')
const { rejection, settled, until } = require('../support/awaiting')
const { serve } = require('../support/servers')

const server = serve('bench-server')
const faulty = serve('fault-server')

const get = async path => (await open().request(server.url(path))).body

/** Collects what is written to it. */
function collecting () {
  const chunks = []
  const sink = new Writable({ write (chunk, _, done) { chunks.push(chunk); done() } })
  return { sink, bytes: () => Buffer.concat(chunks) }
}

const SMALL = '/json'
const LARGE = '/bytes?n=1000000'

test('a body is a Readable', async () => {
  expect(await get(SMALL)).toBeInstanceOf(Readable)
})

test('a body is no stream before it is used as one', async () => {
  const body = await get(SMALL)
  expect(Object.getOwnPropertyNames(body)).not.toContain('_readableState')
})

test('text() does not make a stream of a body', async () => {
  const body = await get(LARGE)
  await body.text()
  expect(Object.getOwnPropertyNames(body)).not.toContain('_readableState')
})

describe.each([['a whole body', SMALL, 200], ['a streamed body', LARGE, 1_000_000]])('%s', (_, path, length) => {
  test('is read by for await', async () => {
    let size = 0
    for await (const chunk of await get(path)) size += chunk.length
    expect(size).toBe(length)
  })

  test('is read by pipeline', async () => {
    const { sink, bytes } = collecting()
    await pipeline(await get(path), sink)
    expect(bytes().length).toBe(length)
  })

  test('is read by pipe', async () => {
    const { sink, bytes } = collecting()
    await once((await get(path)).pipe(sink), 'finish')
    expect(bytes().length).toBe(length)
  })

  test('is read by data listeners', async () => {
    const body = await get(path)
    let size = 0
    body.on('data', chunk => { size += chunk.length })
    await once(body, 'end')
    expect(size).toBe(length)
  })

  test('is read by read() and readable', async () => {
    const body = await get(path)
    let size = 0
    body.on('readable', () => { for (let chunk; (chunk = body.read()) !== null;) size += chunk.length })
    await once(body, 'end')
    expect(size).toBe(length)
  })

  test('is read by stream/consumers', async () => {
    expect((await consumers.buffer(await get(path))).length).toBe(length)
  })

  test('is read as a web stream', async () => {
    let size = 0
    for await (const chunk of Readable.toWeb(await get(path))) size += chunk.length
    expect(size).toBe(length)
  })

  test('can be cut by destroy()', async () => {
    const body = await get(path)
    body.destroy()
    await once(body, 'close')
    expect(body.destroyed).toBe(true)
  })

  test('gives its connection or its place back when for await is left', async () => {
    const pool = open({ maxSockets: 1 })
    const { body } = await pool.request(server.url(path))
    const reader = body[Symbol.asyncIterator]()
    expect((await reader.next()).value.length).toBeGreaterThan(0)
    await reader.return()
    expect((await pool.request(server.url('/json'))).statusCode).toBe(200)
  })

  test('can be read by text() when it was touched and not read', async () => {
    const body = await get(path)
    body.on('error', () => {})
    expect((await body.bytes()).length).toBe(length)
  })

  test('is refused to text() once it was read as a stream', async () => {
    const body = await get(path)
    await consumers.buffer(body)
    expect(await rejection(body.text())).toMatchObject({ name: 'TypeError' })
  })

  test('has nothing left as a stream once text() read it', async () => {
    const body = await get(path)
    await body.text()
    body.on('error', () => {})
    expect(body.destroyed).toBe(true)
  })
})

test('the properties of a stream can be asked for at once', async () => {
  const body = await get(SMALL)
  expect([body.readable, body.readableEnded, body.readableFlowing, body.destroyed]).toEqual([true, false, null, false])
})

test('setEncoding gives strings', async () => {
  const body = await get(SMALL)
  body.setEncoding('utf8')
  const [chunk] = await once(body, 'data')
  expect(typeof chunk).toBe('string')
})

test('a chunk is the reader\'s own: it is not written over later', async () => {
  const chunks = []
  for await (const chunk of await get('/bytes?n=2000000')) chunks.push(chunk)
  const all = Buffer.concat(chunks)
  expect(all.every((byte, index) => byte === (index & 0xff))).toBe(true)
})

test('a body that fails ends the stream with its error', async () => {
  const { body } = await open().request(faulty.url('/reset-in-body?pause=20'))
  expect(await rejection(consumers.buffer(body))).toMatchObject({ code: 'ECONNRESET', phase: 'body' })
})

test('a reader that stops makes the server stop, and gets the rest when it goes on', async () => {
  const pool = open()
  const { body } = await pool.request(server.url('/bytes?n=50000000'))
  body.pause()
  const reader = body[Symbol.asyncIterator]()
  let size = (await reader.next()).value.length
  const other = open()
  await settled(() => pool.getMetrics().bytesIn, async () => { await (await other.request(server.url('/json'))).body.text() })
  const { busy } = (await server.stats()).connections
  for (let next = await reader.next(); !next.done; next = await reader.next()) size += next.value.length
  expect([busy > 0, size]).toEqual([true, 50_000_000])
})

test('a body that nobody reads does not fill the memory', async () => {
  const pool = open()
  const { body } = await pool.request(server.url('/bytes?n=200000000'))
  const other = open()
  await settled(() => pool.getMetrics().bytesIn, async () => { await (await other.request(server.url('/json'))).body.text() })
  expect((await server.stats()).connections.busy).toBe(1)
  await body.dump()
  await until(async () => (await server.stats()).connections.busy === 0)
})

test.each([
  ['asked for its state', body => body.destroyed],
  ['given a listener', body => body.on('close', () => {})],
  ['dumped', body => { void body.dump() }]
])('a body that is %s while it is read whole is read whole', async (_, touch) => {
  const { body } = await open().request(server.url('/drip?n=20&every=2'))
  const read = body.bytes()
  touch(body)
  expect((await read).length).toBe(20)
})

test('a body that is destroyed while it is read whole fails the read, with its error if there is one', async () => {
  const pool = open()
  const destroyed = async (/** @type {any[]} */ ...args) => {
    const { body } = await pool.request(server.url('/drip?n=1000&every=2'))
    const read = rejection(body.text())
    body.destroy(...args)
    return read
  }
  const fault = new Error('enough')
  expect(await destroyed(fault)).toBe(fault)
  expect((await destroyed()).name).toBe('AbortError')
})
