'use strict'

// Resets, settings that change, PINGs, windows, and frames that break the protocol.

const { field, OK, END_STREAM, END_HEADERS } = require('../support/peer')
const { pair, seen } = require('../support/framed')
const { rejection, until } = require('../support/awaiting')

const NO_ERROR = 0
const INTERNAL_ERROR = 2
const CANCEL = 8

test('h2c speaks HTTP/2 in clear', async () => {
  const { text, peer } = await pair()
  const asked = text()
  const one = await peer(0)
  one.answer(await one.request(), 'clear')
  expect(await asked).toBe('clear')
})

test('h2c is off with allowH2', async () => {
  const { pool, url, peer } = await pair({ greets: false }, { allowH2: false })
  const asked = pool.request(url)
  const { socket, violations } = await peer(0)
  socket.once('data', () => { violations.splice(0); socket.write('HTTP/1.1 204 No Content\r\n\r\n') })
  expect((await asked).statusCode).toBe(204)
  violations.splice(0)
})

test.each([
  ['the head', 'head', (one, stream) => one.reset(stream, INTERNAL_ERROR), 'ERR_HTTP2_STREAM_ERROR', /NGHTTP2_INTERNAL_ERROR/],
  ['the body', 'body', (one, stream) => one.head(stream).data(stream, 'part').reset(stream, CANCEL), 'ERR_HTTP2_STREAM_ERROR', /NGHTTP2_CANCEL/],
  ['the body without an error', 'body', (one, stream) => one.head(stream).data(stream, 'part').reset(stream, NO_ERROR), 'ECONNRESET', /aborted/]
])('a stream that is reset in %s fails, and no other does', async (_, phase, act, code, message) => {
  const { text, peer, peers } = await pair()
  const fails = rejection(text())
  const one = await peer(0)
  const stream = await one.request()
  const lives = text()
  const other = await one.request()
  act(one, stream)
  expect(await fails).toMatchObject({ code, phase, message })
  one.answer(other)
  expect(await lives).toBe('ok')
  expect(peers).toHaveLength(1)
})

test('a body that is shorter than its content-length is an error', async () => {
  const { text, peer } = await pair()
  const asked = rejection(text())
  const one = await peer(0)
  const stream = await one.request()
  one.head(stream, Buffer.concat([OK, field('content-length', '9')])).data(stream, 'four', true)
  expect(await asked).toMatchObject({ phase: 'body', code: 'ERR_HTTP2_STREAM_ERROR' })
})

test('a reset that comes after the whole reply takes nothing from it', async () => {
  const { text, first, pool } = await pair({ settings: [[4, 5]] })
  const one = await first()
  const asked = text({ method: 'POST', body: 'longer than five' })
  const stream = await one.request()
  one.answer(stream, 'enough').reset(stream, NO_ERROR)
  expect(await asked).toBe('enough')
  await until(() => pool.getMetrics().agents.http.idle === 1)
})

test('trailers come with the body', async () => {
  const { pool, url, peer } = await pair()
  const asked = pool.request(url)
  const one = await peer(0)
  const stream = await one.request()
  one.head(stream).data(stream, 'body').send('HEADERS', END_HEADERS | END_STREAM, stream, field('x-sum', '4'))
  const reply = await asked
  expect(await reply.body.text()).toBe('body')
  expect(reply.trailers).toEqual({ 'x-sum': '4' })
})

test('few streams are open before the server has told how many it allows', async () => {
  const { text, peer, peers } = await pair({ greets: false })
  const asked = Array.from({ length: 40 }, () => text())
  const one = await peer(0)
  for (let n = 0; n < 10; n++) await one.request()
  await seen(one)
  expect([one.streams.length, peers.length]).toEqual([10, 1])
  await one.allow(25)
  await until(() => one.streams.length === 25)
  const other = await peer(1)
  other.settings()
  await until(() => other.streams.length === 15)
  for (const each of [one, other]) each.streams.forEach(stream => each.answer(stream))
  await Promise.all(asked)
})

test('a limit that falls under way holds for what comes after', async () => {
  const { text, first } = await pair({ streams: 3 }, { maxSocketsPerHost: 1 })
  const one = await first()
  const asked = Array.from({ length: 6 }, () => text())
  await until(() => one.streams.length === 4)
  await one.allow(1)
  one.answer(3).answer(5)
  await seen(one)
  expect(one.streams).toHaveLength(4)
  one.answer(7)
  for (const stream of [9, 11, 13]) {
    expect(await one.request()).toBe(stream)
    await seen(one)
    one.answer(stream)
  }
  await Promise.all(asked)
})

test('a limit that rises lets those in who wait', async () => {
  const { text, first } = await pair({ streams: 1 }, { maxSocketsPerHost: 1 })
  const one = await first()
  const asked = Array.from({ length: 3 }, () => text())
  await one.request()
  await seen(one)
  expect(one.streams).toEqual([1, 3])
  await one.allow(3)
  await until(() => one.streams.length === 4)
  one.answer(3).answer(5).answer(7)
  await Promise.all(asked)
})

test('a server that allows no streams any more is left for another connection', async () => {
  const { text, peer } = await pair()
  const first = text()
  const one = await peer(0)
  const stream = await one.request()
  await one.allow(0)
  await seen(one)
  const second = text()
  const other = await peer(1)
  other.answer(await other.request())
  await second
  one.answer(stream)
  await first
})

test('a server that does not answer a PING while it owes a reply is given up', async () => {
  const { pool, url, peer } = await pair({}, { pingInterval: 20, pingTimeout: 30 })
  const asked = rejection(pool.request(url, { method: 'POST' }))
  const one = await peer(0)
  await one.request()
  await one.next('PING')
  expect(await asked).toMatchObject({ code: 'ETIMEDOUT', phase: 'head', mayHaveBeenProcessed: true })
  await one.gone()
  await until(() => pool.getMetrics().currentPoolSize === 0)
})

test('a server that answers it may think for as long as it likes', async () => {
  const { text, peer } = await pair({}, { pingInterval: 10, pingTimeout: 1000 })
  const asked = text()
  const one = await peer(0)
  const stream = await one.request()
  for (let n = 0; n < 4; n++) one.send('PING', 1, 0, (await one.next('PING')).payload)
  one.answer(stream)
  expect(await asked).toBe('ok')
})

test('a request keeps to the windows of the stream and the connection', async () => {
  const { text, first } = await pair({ settings: [[4, 1000]] })
  const one = await first()
  const asked = text({ method: 'POST', body: Buffer.alloc(200_000) })
  const stream = await one.request()
  let taken = 0
  while (taken < 200_000) {
    const { payload } = await one.next('DATA')
    taken += payload.length
    if (payload.length > 0) one.widen(0, payload.length).widen(stream, payload.length)
  }
  one.answer(stream)
  expect(await asked).toBe('ok')
})

test('a request whose body the server takes no byte of fails after timeout, and its neighbour does not', async () => {
  const { text, first } = await pair({ settings: [[4, 1000]] }, { timeout: 60 })
  const one = await first()
  const fails = rejection(text({ method: 'POST', body: Buffer.alloc(200_000) }))
  const stream = await one.request()
  const lives = text()
  const other = await one.request()
  expect(await fails).toMatchObject({ code: 'ERR_POOL_WRITE_TIMEOUT', phase: 'head' })
  expect((await one.next('RST_STREAM')).stream).toBe(stream)
  one.answer(other)
  expect(await lives).toBe('ok')
})

test('a body that falls silent fails after bodyTimeout though its neighbour does not', async () => {
  const { text, peer } = await pair({}, { bodyTimeout: 80 })
  const fails = rejection(text())
  const one = await peer(0)
  const stream = await one.request()
  const lives = text()
  const other = await one.request()
  one.head(stream).data(stream, 'x').head(other)
  const beat = setInterval(() => one.data(other, '.'), 10)
  expect(await fails).toMatchObject({ code: 'ERR_POOL_BODY_TIMEOUT', phase: 'body' })
  clearInterval(beat)
  one.data(other, '!', true)
  expect(await lives).toMatch(/!$/)
})

test('who gives up before the head resets the stream and keeps the connection', async () => {
  const { pool, url, text, peer, peers } = await pair()
  const abort = new AbortController()
  const asked = rejection(pool.request(url, { signal: abort.signal }))
  const one = await peer(0)
  const stream = await one.request()
  abort.abort()
  expect((await asked).name).toBe('AbortError')
  expect(await one.next('RST_STREAM')).toMatchObject({ stream })
  const next = text()
  one.answer(await one.request())
  await next
  expect(peers).toHaveLength(1)
})

test('who gives up in the body resets the stream and keeps the connection', async () => {
  const { pool, url, text, peer, peers } = await pair()
  const asked = pool.request(url)
  const one = await peer(0)
  const stream = await one.request()
  one.head(stream).data(stream, 'part')
  const { body } = await asked
  body.on('error', () => {}).destroy()
  expect(await one.next('RST_STREAM')).toMatchObject({ stream })
  const next = text()
  one.answer(await one.request())
  await next
  expect(peers).toHaveLength(1)
})

test.each([
  ['of which a lot is still here', 'x'.repeat(200_000)],
  ['of which little is still here', 'longer than five']
])('a reply that comes before the server has taken a body %s leaves the connection to others', async (_, body) => {
  const { text, first, pool, peers } = await pair({ settings: [[4, 5]] })
  const one = await first()
  const asked = text({ method: 'POST', body })
  const stream = await one.request()
  one.answer(stream, 'early')
  expect(await asked).toBe('early')
  if (body.length > 100_000) expect(await one.next('RST_STREAM')).toMatchObject({ stream })
  for (let i = 0; i < 3; i++) {
    const next = text()
    one.answer(await one.request())
    expect(await next).toBe('ok')
  }
  expect([peers.length, pool.getMetrics().errors]).toEqual([1, 0])
})
