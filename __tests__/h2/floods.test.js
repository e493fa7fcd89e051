'use strict'

// Peers that never stop talking and never say anything: what they send is of use or allowed in small numbers.

const { field } = require('../support/peer')
const { pair, seen } = require('../support/framed')
const { rejection } = require('../support/awaiting')

const MOST = 100_000
const CONNECTION = 0
const NO_ERROR = Buffer.alloc(4)
const word = (/** @type {number} */ value) => Buffer.from([0, 0, 0, value])

/** One frame of each kind: type, flags, stream and payload. */
const FRUITLESS = {
  PING: () => ['PING', 0, CONNECTION, Buffer.alloc(8)],
  'answers to no PING': () => ['PING', 1, CONNECTION, Buffer.alloc(8)],
  SETTINGS: () => ['SETTINGS', 0, CONNECTION],
  PRIORITY: stream => ['PRIORITY', 0, stream, Buffer.alloc(5)],
  'WINDOW_UPDATE of the connection': () => ['WINDOW_UPDATE', 0, CONNECTION, word(1)],
  'WINDOW_UPDATE of a stream': stream => ['WINDOW_UPDATE', 0, stream, word(1)],
  GOAWAY: stream => ['GOAWAY', 0, CONNECTION, Buffer.concat([word(stream), NO_ERROR])],
  'informational heads': stream => ['HEADERS', 4, stream, field(':status', '103')]
}

/**
 * The same frame so often, in one write.
 * @param {import('../support/peer').Peer} peer
 * @param {any[]} frame
 * @param {number} often
 */
function flood (peer, frame, often) {
  const write = jest.spyOn(peer.socket, 'write').mockReturnValue(true)
  const [type, flags, stream, payload] = frame
  peer.send(type, flags, stream, payload)
  const [[bytes]] = write.mock.calls
  write.mockRestore()
  peer.socket.write(Buffer.concat(Array.from({ length: often }, () => /** @type {Buffer} */ (bytes))))
}

test.each(Object.entries(FRUITLESS))('%s without end fails the request and frees the connection', async (_, frame) => {
  const { text, peer, pool } = await pair()
  const asked = rejection(text({ method: 'POST' }))
  const one = await peer(0)
  one.socket.on('error', () => {})
  flood(one, frame(await one.request()), 2 * MOST + 10)
  expect(await asked).toMatchObject({ code: 'ERR_HTTP2_SESSION_ERROR', phase: 'head', message: expect.stringMatching(/ENHANCE_YOUR_CALM/), mayHaveBeenProcessed: true })
  await one.gone()
  expect([pool.getMetrics().errors, pool.getMetrics().currentPoolSize]).toEqual([1, 0])
})

test('a PING now and then does no harm, however many they become', async () => {
  const { text, first } = await pair()
  const one = await first()
  const some = async () => {
    flood(one, FRUITLESS.PING(), MOST - 1000)
    await seen(one)
  }
  for (let n = 0; n < 3; n++) {
    const asked = text()
    const stream = await one.request()
    await some()
    one.head(stream).data(stream, 'ok')
    await some()
    one.data(stream, '', true)
    expect(await asked).toBe('ok')
  }
})

test('nor does what comes while a body goes up', async () => {
  const { text, first } = await pair()
  const one = await first()
  const piece = 65_535
  const asked = text({ method: 'POST', body: Buffer.alloc(5 * piece) })
  const stream = await one.request()
  for (let n = 0; n < 4; n++) {
    flood(one, FRUITLESS.PING(), MOST - 1000)
    await seen(one)
    one.widen(CONNECTION, piece).widen(stream, piece)
    await one.next('DATA')
  }
  one.answer(stream)
  expect(await asked).toBe('ok')
})
