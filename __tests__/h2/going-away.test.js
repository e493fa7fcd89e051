'use strict'

// GOAWAY, REFUSED_STREAM, and what goes out again because of them.

const { frameServer } = require('../support/frames')
const { open } = require('../support/pools')
const { rejection, until } = require('../support/awaiting')

const REFUSED_STREAM = 7
const EVERYTHING = 0x7fffffff

/** @param {Parameters<typeof frameServer>[0]} [how] */
async function pair (how) {
  const server = await frameServer(how)
  const pool = open({ h2c: true })
  const text = async (/** @type {any} */ options) => (await pool.request(server.url, options)).body.text()
  /** A request and its answer, so that the connection is no new one. */
  const first = async () => {
    const asked = text()
    const peer = await server.peer(0)
    peer.answer(await peer.request())
    await asked
    return peer
  }
  return { ...server, pool, text, first }
}

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
  old.send('PING', 0, 0, Buffer.alloc(8))
  await old.next('PING')
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

test('a server that refuses on and on is believed', async () => {
  const { text, first } = await pair()
  const one = await first()
  const asked = rejection(text(POST))
  let refused = 0
  const refuse = async () => {
    for (;;) {
      one.reset(await one.request(), REFUSED_STREAM)
      refused++
    }
  }
  refuse().catch(() => {})
  expect(await asked).toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR', phase: 'head', mayHaveBeenProcessed: false, message: /REFUSED_STREAM/ })
  expect(refused).toBe(6)
})

test('a body that was streamed is not there to be sent again', async () => {
  const { text, first } = await pair()
  const one = await first()
  async function * body () { yield 'x' }
  const asked = rejection(text({ method: 'POST', body: body() }))
  one.reset(await one.request(), REFUSED_STREAM)
  expect(await asked).toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR', mayHaveBeenProcessed: false })
})
