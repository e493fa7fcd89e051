'use strict'

// A reply that came to its end before its request did is whole, however its stream or connection ends then (RFC 9113, 8.1).

const { field, OK, END_HEADERS, END_STREAM } = require('../support/peer')
const { pair, seen } = require('../support/framed')
const { rejection, settled, until } = require('../support/awaiting')

const UPLOAD = { method: 'POST', body: Buffer.alloc(200_000) }
const INTERNAL_ERROR = 2
const CANCEL = 8
const LENGTH = Buffer.concat([OK, field('content-length', '10')])
/** More than is read ahead of who does not read. */
const PIECES = 40
const PIECE = 16_000

/**
 * The text of a reply to an upload that the peer reads no further, once `end` has happened behind it.
 * @param {(one: import('../support/peer').Peer, stream: number) => unknown} reply
 * @param {(one: import('../support/peer').Peer, stream: number) => unknown} end
 */
async function answered (reply, end) {
  const { text, first } = await pair({ settings: [[4, 1000]] })
  const one = await first()
  // A reset takes away what has not left yet.
  one.socket.setNoDelay(true)
  const asked = text(UPLOAD)
  const stream = await one.request()
  await one.next('DATA')
  reply(one, stream)
  end(one, stream)
  return asked
}

test.each([
  ['its stream is reset with an error', (one, stream) => one.reset(stream, INTERNAL_ERROR)],
  ['its stream is cancelled', (one, stream) => one.reset(stream, CANCEL)],
  ['its connection is closed', one => one.socket.end()],
  ['its connection is reset', one => one.socket.resetAndDestroy()],
  ['its server goes away with an error', one => one.goAway(0, INTERNAL_ERROR)]
])('a reply under an upload is whole though %s', async (_, end) => {
  expect(await answered((one, stream) => one.answer(stream, 'all of it'), end)).toBe('all of it')
})

test('so is one that ends with trailers', async () => {
  const reply = (one, stream) => one.head(stream).data(stream, 'all of it').send('HEADERS', END_HEADERS | END_STREAM, stream, field('x-sum', '1'))
  expect(await answered(reply, one => one.socket.resetAndDestroy())).toBe('all of it')
})

test('a reply under an upload whose end has not come is cut short', async () => {
  const reply = (one, stream) => one.head(stream).data(stream, 'a part')
  expect(await rejection(answered(reply, one => one.socket.resetAndDestroy()))).toMatchObject({ code: 'ECONNRESET', phase: 'body' })
})

test('a reply with an end that is not where its length says is none', async () => {
  const reply = (one, stream) => one.head(stream, LENGTH).data(stream, 'short', true)
  expect(await rejection(answered(reply, () => {}))).toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR' })
})

test('a large reply that is read when its connection is gone is whole', async () => {
  const { pool, url, first } = await pair({ settings: [[4, 1000]] })
  const one = await first()
  one.socket.setNoDelay(true)
  const asked = pool.request(url, UPLOAD)
  const stream = await one.request()
  await one.next('DATA')
  one.head(stream)
  for (let i = 0; i < PIECES; i++) one.data(stream, Buffer.alloc(PIECE), i === PIECES - 1)
  const { body } = await asked
  await seen(one)
  one.socket.destroy()
  await until(() => pool.getMetrics().currentPoolSize === 0)
  expect((await body.bytes()).length).toBe(PIECES * PIECE)
})

test.each([
  ['an error', INTERNAL_ERROR],
  ['CANCEL', CANCEL]
])('what comes after a reset with %s makes no reply whole', async (_, code) => {
  const { text, peer } = await pair()
  const asked = rejection(text())
  const one = await peer(0)
  const stream = await one.request()
  one.head(stream, LENGTH).data(stream, 'part!').reset(stream, code).send('DATA', END_STREAM, stream, Buffer.alloc(0))
  expect((await asked).phase).toBe('body')
})

test('frames that the client has not taken up make no reply whole', async () => {
  const { pool, url, first } = await pair({ settings: [[4, 0x3fffffff]] })
  const one = await first()
  one.socket.setNoDelay(true)
  one.widen(0, 0x3fffffff)
  const asked = pool.request(url, { method: 'POST', body: Buffer.alloc(60_000_000) })
  const stream = await one.request()
  // The client has no room for what it owes in return, and waits with all frames behind.
  one.socket.pause()
  await settled(() => pool.getMetrics().bytesOut, () => new Promise(resolve => setTimeout(resolve, 20)), 10)
  one.socket.cork()
  one.head(stream, LENGTH).data(stream, 'part!').send('PING', 0, 0, Buffer.alloc(8)).data(stream, 'rest!', true)
  one.socket.uncork()
  const { body } = await asked
  const read = rejection(body.text())
  pool.destroy()
  expect(await read).toMatchObject({ code: 'ERR_POOL_DESTROYED' })
})
