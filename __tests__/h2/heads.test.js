'use strict'

// Heads and trailers that are too large, a status that HTTP/2 does not have, and what an error says of the bytes so far.

const { field, OK, END_STREAM, END_HEADERS } = require('../support/peer')
const { pair } = require('../support/framed')
const { httpServer } = require('../support/servers')
const { open } = require('../support/pools')
const { rejection } = require('../support/awaiting')

const INTERNAL_ERROR = 2
const HTTP_1_1_REQUIRED = 13
const OVERFLOW = { code: 'HPE_HEADER_OVERFLOW', phase: 'head' }

/** Two requests on one connection, the first of which fails by what is done to it. */
async function two (act, options) {
  const { text, peer, peers } = await pair({}, options)
  const fails = rejection(text())
  const one = await peer(0)
  const stream = await one.request()
  const lives = text()
  const other = await one.request()
  act(one, stream)
  const error = await fails
  one.answer(other)
  expect(await lives).toBe('ok')
  expect(peers).toHaveLength(1)
  return error
}

/** A head in as many frames as it takes. */
function large (one, stream, bytes) {
  const block = Buffer.concat([OK, field('x-large', 'x'.repeat(bytes))])
  one.send('HEADERS', 0, stream, block.subarray(0, 16_384))
  for (let at = 16_384; at < block.length; at += 16_384) {
    const part = block.subarray(at, at + 16_384)
    one.send('CONTINUATION', at + part.length === block.length ? END_HEADERS : 0, stream, part)
  }
}

test('a head larger than maxHeaderSize fails its request alone', async () => {
  const act = (one, stream) => one.head(stream, Buffer.concat([OK, field('x-large', 'x'.repeat(9000))]))
  expect(await two(act, { maxHeaderSize: 8192 })).toMatchObject(OVERFLOW)
})

test('so does one that is many times as large', async () => {
  expect(await two((one, stream) => large(one, stream, 100_000), { maxHeaderSize: 8192 })).toMatchObject(OVERFLOW)
})

test('so does one of more fields than maxHeadersCount', async () => {
  const fields = Array.from({ length: 6 }, (_, n) => field(`x-${n}`, 'y'))
  const act = (one, stream) => one.head(stream, Buffer.concat([OK, ...fields]))
  expect(await two(act, { maxHeadersCount: 5 })).toMatchObject(OVERFLOW)
})

test('so do trailers larger than maxHeaderSize', async () => {
  const act = (one, stream) => one.head(stream).data(stream, 'x')
    .send('HEADERS', END_HEADERS | END_STREAM, stream, field('x-large', 'x'.repeat(9000)))
  expect(await two(act, { maxHeaderSize: 8192 })).toMatchObject({ ...OVERFLOW, phase: 'body' })
})

test.each([
  ['by its name in full', field(':status', '101')],
  ['by its index', Buffer.from([0x08, 3, ...Buffer.from('101')])],
  ['compressed, with a place in the table', Buffer.from([0x48, 0x82, 0x08, 0x03])]
])('a reply of 101, said %s, fails its request at once and no other', async (_, status) => {
  expect(await two((one, stream) => one.head(stream, status))).toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR', phase: 'head', message: expect.stringMatching(/101/), mayHaveBeenProcessed: true })
})

test('other heads before the reply\'s are passed over', async () => {
  const { text, peer } = await pair()
  const asked = text()
  const one = await peer(0)
  const stream = await one.request()
  one.head(stream, field(':status', '103')).head(stream, field(':status', '100')).answer(stream)
  expect(await asked).toBe('ok')
})

test('an error counts the fields and the body of its stream, and nothing else on the connection', async () => {
  const { url, pool, peer } = await pair()
  const sent = `:method${'GET'}:scheme${'http'}:authority${url.slice(7)}:path${'/a'}x-bc`.length
  const ask = options => rejection(pool.request(`${url}/a`, { headers: { 'x-b': 'c' }, ...options }).then(reply => reply.body.text()))
  const before = ask()
  const one = await peer(0)
  one.reset(await one.request(), INTERNAL_ERROR)
  expect(await before).toMatchObject({ bytesWritten: sent, bytesRead: 0 })
  const within = ask()
  const stream = await one.request()
  one.head(stream).data(stream, 'part').reset(stream, INTERNAL_ERROR)
  expect(await within).toMatchObject({ bytesWritten: sent, bytesRead: ':status200part'.length })
})

test('a request that took too long on HTTP/2 may have been processed', async () => {
  const { text, peer } = await pair()
  const asked = rejection(text({ requestTimeout: 50 }))
  await (await peer(0)).request()
  expect(await asked).toMatchObject({ code: 'ERR_POOL_REQUEST_TIMEOUT', mayHaveBeenProcessed: true })
})

test('a server that speaks HTTP/1 is named as such', async () => {
  const { url } = await httpServer((_, reply) => reply.end())
  const pool = open({ h2c: true })
  const origin = url
  expect(await rejection(pool.request(url))).toMatchObject({ code: 'ERR_HTTP2_SESSION_ERROR', phase: 'head', origin, message: expect.stringMatching(/HTTP\/1/) })
})

test('a server that wants HTTP/1.1 where only HTTP/2 was asked for gets nothing', async () => {
  const error = await two((one, stream) => one.reset(stream, HTTP_1_1_REQUIRED))
  expect(error).toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR', message: expect.stringMatching(/HTTP_1_1_REQUIRED/), mayHaveBeenProcessed: false })
})
