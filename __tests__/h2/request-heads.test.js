'use strict'

// Requests whose head is larger than the server says it takes (SETTINGS_MAX_HEADER_LIST_SIZE).

const { pair, seen } = require('../support/framed')
const { http2Server } = require('../support/servers')
const { open } = require('../support/pools')
const { rejection } = require('../support/awaiting')
const { Workshop } = require('../support/certificates')

const MAX_HEADER_LIST_SIZE = 6
const large = { headers: { 'x-large': 'x'.repeat(1000) } }
const refused = { code: 'ERR_HTTP2_STREAM_ERROR', phase: 'head', mayHaveBeenProcessed: false, bytesWritten: 0, message: expect.stringMatching(/of which the server takes 1000; it was not sent/) }

test.each([
  ['GET', large],
  ['POST', { ...large, method: 'POST', body: 'body' }]
])('a %s of too large a head fails unsent, and harms no other', async (_, own) => {
  const { text, first, pool, peers } = await pair({ settings: [[MAX_HEADER_LIST_SIZE, 1000]] })
  const one = await first()
  const lives = text()
  const other = await one.request()
  expect(await rejection(text(own))).toMatchObject({ ...refused, origin: new URL(`http://127.0.0.1:${one.socket.localPort}`).origin })
  one.answer(other)
  expect(await lives).toBe('ok')
  const next = text()
  one.answer(await one.request())
  expect(await next).toBe('ok')
  expect(one.streams).toEqual([1, 3, 5])
  expect(peers).toHaveLength(1)
  expect(pool.getMetrics().connectionsCreated).toBe(1)
})

test('what the server says last holds', async () => {
  const { text, first } = await pair({ settings: [[MAX_HEADER_LIST_SIZE, 1000]] })
  const one = await first()
  one.settings([MAX_HEADER_LIST_SIZE, 2000])
  await seen(one)
  const asked = text(large)
  one.answer(await one.request())
  expect(await asked).toBe('ok')
  one.settings([MAX_HEADER_LIST_SIZE, 1000])
  await seen(one)
  expect(await rejection(text(large))).toMatchObject(refused)
})

describe('a head is counted as its server counts it', () => {
  const LIMIT = 4000
  const workshop = new Workshop()
  const { cert, key } = workshop.issue('localhost')

  test.each([
    ['GET', {}],
    ['POST without a body', { method: 'POST' }],
    ['POST', { method: 'POST', body: 'x'.repeat(123) }],
    ['DELETE', { method: 'DELETE' }]
  ])('of a %s', async (_, own) => {
    const { url } = await http2Server({ key, cert, settings: { maxHeaderListSize: LIMIT } }, (request, reply) => {
      const raw = request.rawHeaders
      reply.end(String(raw.reduce((sum, part) => sum + part.length, 0) + raw.length / 2 * 32))
    })
    const pool = open({ tls: { ca: workshop.root.cert } })
    const sized = async (/** @type {number} */ pad) => Number(await (await pool.request(url, { ...own, headers: { 'x-pad': 'x'.repeat(pad) } })).body.text())
    const rest = LIMIT - await sized(0)
    expect(await sized(rest)).toBe(LIMIT)
    expect(await rejection(sized(rest + 1))).toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR', message: expect.stringContaining(`has ${LIMIT + 1} bytes`) })
  })
})
