'use strict'

// GOAWAY, REFUSED_STREAM, and what goes out again because of them.

const { pair, seen } = require('../support/framed')
const { rejection, until } = require('../support/awaiting')

const INTERNAL_ERROR = 2
const REFUSED_STREAM = 7
const ENHANCE_YOUR_CALM = 11
const EVERYTHING = 0x7fffffff

const POST = { method: 'POST', body: 'once' }

test('what is above the last stream of a GOAWAY goes out again, whatever it is', async () => {
  const { text, peer, peers, pool } = await pair()
  const below = text(POST)
  const old = await peer(0)
  const one = await old.request()
  const above = text(POST)
  await old.request()
  old.goAway(one)
  const fresh = await peer(1)
  fresh.answer(await fresh.request(), 'fresh')
  expect(await above).toBe('fresh')
  old.answer(one, 'old')
  expect(await below).toBe('old')
  expect([peers.length, pool.getMetrics().resent]).toEqual([2, 1])
})

test('what is not above it is never sent again, and fails with its connection', async () => {
  const { text, peer, peers } = await pair()
  const asked = rejection(text(POST))
  const old = await peer(0)
  old.goAway(await old.request()).socket.end()
  expect(await asked).toMatchObject({ code: 'ECONNRESET', phase: 'head', mayHaveBeenProcessed: true })
  expect(peers).toHaveLength(1)
})

test('an idempotent request whose connection dies is sent again, once', async () => {
  const { text, first, peer, peers, pool } = await pair()
  const old = await first()
  const asked = rejection(text())
  await old.request()
  old.socket.destroy()
  const fresh = await peer(1)
  await fresh.request()
  fresh.socket.destroy()
  expect(await asked).toMatchObject({ code: 'ECONNRESET', mayHaveBeenProcessed: true })
  expect([peers.length, pool.getMetrics().resent]).toEqual([2, 1])
})

test('any other request whose connection dies is not', async () => {
  const { text, first, peers } = await pair()
  const old = await first()
  const asked = rejection(text(POST))
  await old.request()
  old.socket.destroy()
  expect(await asked).toMatchObject({ code: 'ECONNRESET', mayHaveBeenProcessed: true, reusedSocket: true })
  expect(peers).toHaveLength(1)
})

test('a connection that is going away takes no new request, and is closed when its last one is over', async () => {
  const { text, first, peer, pool } = await pair()
  const old = await first()
  const slow = text()
  const stream = await old.request()
  old.goAway(EVERYTHING)
  const removed = []
  pool.on('connection_removed', ({ reason }) => removed.push(reason))
  await seen(old)
  const asked = text()
  const fresh = await peer(1)
  fresh.answer(await fresh.request())
  await asked
  old.answer(stream, 'late')
  expect(await slow).toBe('late')
  await old.gone()
  expect(removed).toEqual(['draining'])
})

test('an idle connection that is going away is not used again', async () => {
  const { text, first, peer, peers, pool } = await pair()
  const old = await first()
  old.goAway(1)
  await until(() => pool.getMetrics().currentPoolSize === 0)
  const asked = text()
  const fresh = await peer(1)
  fresh.answer(await fresh.request())
  await asked
  expect(old.streams).toEqual([1])
  expect(peers).toHaveLength(2)
})

test('a GOAWAY that arrives with the next request harms nobody', async () => {
  const { text, first, peer } = await pair()
  const old = await first()
  for (let n = 1; n < 20; n++) {
    const last = await peer(n - 1)
    last.goAway(1).socket.end()
    const asked = text(POST)
    const next = await peer(n)
    next.answer(await next.request())
    expect(await asked).toBe('ok')
  }
  expect(old.streams).toEqual([1])
})

test('a refused stream goes out again, whatever it is', async () => {
  const { text, first, peers, pool } = await pair()
  const one = await first()
  const asked = text(POST)
  one.reset(await one.request(), REFUSED_STREAM)
  one.answer(await one.request(), 'now')
  expect(await asked).toBe('now')
  expect([peers.length, pool.getMetrics().resent]).toEqual([1, 1])
})

test('a refused stream rests before it goes out again, longer each time, for as long as the request may take', async () => {
  const { text, first } = await pair()
  const one = await first()
  const asked = rejection(text({ ...POST, requestTimeout: 600 }))
  let stream = await one.request()
  for (const rest of [50, 100, 200]) {
    const refused = performance.now()
    one.reset(stream, REFUSED_STREAM)
    stream = await one.request()
    expect(performance.now() - refused).toBeGreaterThan(rest - 2)
  }
  one.reset(stream, REFUSED_STREAM)
  expect(await asked).toMatchObject({ code: 'ERR_POOL_REQUEST_TIMEOUT', phase: 'queue', mayHaveBeenProcessed: false })
  expect(one.streams).toHaveLength(5)
})

test('a request whose rest is over is not sent when the pool is destroyed meanwhile', async () => {
  const { text, first, pool } = await pair()
  const one = await first()
  const asked = rejection(text(POST))
  one.reset(await one.request(), REFUSED_STREAM)
  await until(() => pool.getMetrics().resent === 1)
  pool.destroy()
  expect(await asked).toMatchObject({ code: 'ERR_POOL_DESTROYED' })
})

test('a server that sends everybody away is dialled ever later', async () => {
  const { text, peer } = await pair()
  const asked = text(POST)
  let left = 0
  for (const [n, rest] of [0, 50, 100, 200].entries()) {
    const one = await peer(n)
    await one.request()
    expect(performance.now() - left).toBeGreaterThan(rest - 2)
    left = performance.now()
    one.goAway(0, ENHANCE_YOUR_CALM).socket.end()
  }
  const last = await peer(4)
  last.answer(await last.request())
  expect(await asked).toBe('ok')
})

test.each([
  ['as its last', (/** @type {number} */ stream) => stream],
  ['below its last', () => EVERYTHING]
])('what a GOAWAY names %s is never sent again, though it did no harm', async (_, last) => {
  const { text, first, peers } = await pair()
  const old = await first()
  const asked = [rejection(text()), rejection(text(POST))]
  await old.request()
  old.goAway(last(await old.request())).socket.end()
  for (const error of await Promise.all(asked)) {
    expect(error).toMatchObject({ code: 'ECONNRESET', phase: 'head', mayHaveBeenProcessed: true })
  }
  expect(peers).toHaveLength(1)
})

test.each([
  ['as its last', (/** @type {number} */ stream) => stream],
  ['below its last', () => EVERYTHING]
])('what a GOAWAY with an error names %s fails at once and is never sent again, though the server says nothing more', async (_, last) => {
  const { text, first, peer, peers, pool } = await pair()
  const old = await first()
  const asked = [rejection(text()), rejection(text(POST))]
  await old.request()
  old.goAway(last(await old.request()), ENHANCE_YOUR_CALM)
  for (const error of await Promise.all(asked)) {
    expect(error).toMatchObject({ code: 'ERR_HTTP2_SESSION_ERROR', phase: 'head', message: expect.stringMatching(/NGHTTP2_ENHANCE_YOUR_CALM/), mayHaveBeenProcessed: true })
  }
  await old.gone()
  expect([peers.length, pool.getMetrics().errors, pool.getMetrics().currentPoolSize]).toEqual([1, 2, 0])
  const next = text()
  const fresh = await peer(1)
  fresh.answer(await fresh.request())
  expect(await next).toBe('ok')
})

test('a GOAWAY with an error ends a body under way, and nothing that comes after it is heeded', async () => {
  const { text, peer } = await pair()
  const asked = rejection(text())
  const one = await peer(0)
  const stream = await one.request()
  one.socket.cork()
  one.head(stream).data(stream, 'before').goAway(stream, INTERNAL_ERROR).data(stream, 'after', true)
  one.socket.uncork()
  expect(await asked).toMatchObject({ code: 'ERR_HTTP2_SESSION_ERROR', phase: 'body', message: expect.stringMatching(/NGHTTP2_INTERNAL_ERROR/), bytesRead: ':status200before'.length })
})

test('a reply that comes whole before a GOAWAY with an error is whole', async () => {
  const { text, peer } = await pair()
  const asked = text(POST)
  const one = await peer(0)
  const stream = await one.request()
  one.socket.cork()
  one.answer(stream, 'whole').goAway(stream, INTERNAL_ERROR)
  one.socket.uncork()
  expect(await asked).toBe('whole')
})

test('what is above the last stream of a GOAWAY with an error goes out again while what is below fails', async () => {
  const { text, first, peer, pool } = await pair()
  const old = await first()
  const below = rejection(text(POST))
  const one = await old.request()
  const above = text(POST)
  await old.request()
  old.goAway(one, ENHANCE_YOUR_CALM)
  expect(await below).toMatchObject({ code: 'ERR_HTTP2_SESSION_ERROR', mayHaveBeenProcessed: true })
  const fresh = await peer(1)
  fresh.answer(await fresh.request(), 'fresh')
  expect(await above).toBe('fresh')
  expect(pool.getMetrics().resent).toBe(1)
})

test('of two GOAWAYs the second, which names less, counts', async () => {
  const { text, first, peer, pool } = await pair()
  const old = await first()
  const asked = [text(), rejection(text(POST)), text(POST)]
  const streams = [await old.request(), await old.request(), await old.request()]
  old.goAway(EVERYTHING).answer(streams[0])
  await seen(old)
  old.goAway(streams[1])
  const fresh = await peer(1)
  fresh.answer(await fresh.request())
  old.socket.end()
  expect(await Promise.all(asked)).toMatchObject(['ok', { code: 'ECONNRESET', mayHaveBeenProcessed: true }, 'ok'])
  expect([fresh.streams.length, pool.getMetrics().resent]).toEqual([1, 1])
})

test('a body that was streamed is not there to be sent again', async () => {
  const { text, first } = await pair()
  const one = await first()
  async function * body () { yield 'x' }
  const asked = rejection(text({ method: 'POST', body: body() }))
  one.reset(await one.request(), REFUSED_STREAM)
  expect(await asked).toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR', mayHaveBeenProcessed: false })
})
