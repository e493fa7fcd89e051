'use strict'

// Requests whose bodies are still under way: what becomes of their streams, of their neighbours, and how long they may take.

const { Readable } = require('node:stream')

const { rejection, settled } = require('../support/awaiting')
const { pair } = require('../support/framed')
const { open } = require('../support/pools')
const { END_STREAM } = require('../support/peer')
const { httpServer } = require('../support/servers')

const CANCEL = 8
const BODY = Buffer.alloc(100_000)
const noRoom = { settings: /** @type {Array<[number, number]>} */ ([[4, 0]]), streams: 2 }

/** What a caller does who wants no more of a reply whose head has come. @type {Record<string, (body: any, abort: AbortController) => unknown>} */
const GIVES_UP = {
  'its signal aborts': (body, abort) => { body.on('error', () => {}); abort.abort() },
  'it destroys the body': body => body.on('error', () => {}).destroy(),
  'it dumps the body': body => body.dump(),
  'the body falls silent for bodyTimeout': body => rejection(body.text()),
  'requestTimeout has passed': body => rejection(body.text())
}
/** @type {Record<string, object>} */
const LIMITS = { 'the body falls silent for bodyTimeout': { bodyTimeout: 60 }, 'requestTimeout has passed': { requestTimeout: 60 } }

test.each(Object.keys(GIVES_UP))('a request that is given up in its reply while its body waits for room leaves its stream to others: %s', async how => {
  const { pool, url, text, first } = await pair(noRoom, { maxSocketsPerHost: 1 })
  const one = await first()
  for (let time = 0; time < 2; time++) {
    const abort = new AbortController()
    const asked = pool.request(url, { method: 'POST', body: BODY, signal: abort.signal, ...LIMITS[how] })
    const stream = await one.request()
    one.head(stream).data(stream, 'early')
    const { body } = await asked
    await GIVES_UP[how](body, abort)
    const { payload, ...reset } = await one.next('RST_STREAM')
    expect([reset.stream, payload.readUInt32BE()]).toEqual([stream, CANCEL])
  }
  const next = text()
  one.answer(await one.request())
  expect(await next).toBe('ok')
})

test.each([1, 10_000, 65_536, 65_537])('a body of %i bytes of which the server takes none fails after timeout', async bytes => {
  const { text, first } = await pair(noRoom, { timeout: 60 })
  const one = await first()
  expect(await rejection(text({ method: 'POST', body: Buffer.alloc(bytes) }))).toMatchObject({ code: 'ERR_POOL_WRITE_TIMEOUT', phase: 'head' })
  expect(one.left.filter(({ type }) => type === 'DATA')).toEqual([])
})

test('so does one of whose end it takes nothing, and the error says how much had gone out', async () => {
  const { text, first } = await pair({ settings: [[4, 1000]] }, { timeout: 60 })
  await first()
  const error = await rejection(text({ method: 'POST', body: Buffer.alloc(1_010) }))
  expect(error.code).toBe('ERR_POOL_WRITE_TIMEOUT')
  expect(error.bytesWritten).toBeGreaterThanOrEqual(1_000)
  expect(error.bytesWritten).toBeLessThan(1_010 + 200)
})

test('a server that has taken all of a body may think for longer than timeout', async () => {
  const { text, first } = await pair({}, { timeout: 60 })
  const one = await first()
  const asked = text({ method: 'POST', body: Buffer.alloc(20_000) })
  const stream = await one.request()
  // For as long as another body waits for room in vain.
  expect((await rejection(text({ method: 'POST', body: BODY }))).code).toBe('ERR_POOL_WRITE_TIMEOUT')
  one.answer(stream)
  expect(await asked).toBe('ok')
})

test('a request that goes out behind a full socket does not end with the upload of another', async () => {
  const { pool, url, first, peers } = await pair({ streams: 3, settings: [[4, 2 ** 30]] }, { maxSocketsPerHost: 1, timeout: 0 })
  const other = await httpServer((_, reply) => reply.end())
  const one = await first()
  one.widen(0, 2 ** 30)
  const ask = async (/** @type {object} */ own) => (await pool.request(url, own)).body.text()
  // What the engine is given later is dealt with later, also for another pool.
  const beside = open()
  const turn = async () => (await beside.request(other.url)).body.text()
  const slow = new Readable({ read () {} })
  const early = ask({ method: 'POST', body: slow })
  const upload = await one.request()
  slow.push('y')
  await one.next('DATA')
  one.socket.pause()
  let pulled = 0
  const large = new Readable({ read () { this.push(++pulled > 500 ? null : Buffer.alloc(65_536)) } })
  const filling = ask({ method: 'POST', body: large })
  await settled(() => pulled, turn)
  const asked = ask({ method: 'POST' })
  await turn()
  slow.push('y')
  await turn()
  one.socket.resume()
  const fill = await one.request()
  const last = await one.request()
  one.answer(upload, 'early')
  expect(await early).toBe('early')
  expect((await one.next('RST_STREAM')).stream).toBe(upload)
  one.answer(last, 'x')
  expect(await asked).toBe('x')
  one.answer(fill, 'filled')
  expect(await filling).toBe('filled')
  expect(peers).toHaveLength(1)
})

test('a body that waits behind others for the room of their connection is not stuck as long as they move', async () => {
  const { text, first } = await pair({ settings: [[4, 2 ** 20]] }, { maxSocketsPerHost: 1, timeout: 200 })
  const one = await first()
  const bodies = Array.from({ length: 40 }, () => text({ method: 'POST', body: Buffer.alloc(4_000) }))
  const beat = setInterval(() => one.widen(0, 4_000), 20)
  for (let ended = 0; ended < bodies.length;) {
    const { stream, flags } = await one.next('DATA')
    if ((flags & END_STREAM) === 0) continue
    ended++
    one.answer(stream)
  }
  clearInterval(beat)
  expect(new Set(await Promise.all(bodies))).toEqual(new Set(['ok']))
})

test('a reply that is whole while the server has no room for the end of the body leaves its stream to nobody', async () => {
  const { text, first, peer } = await pair({ streams: 1, settings: [[4, 1_000]] }, { maxSocketsPerHost: 1 })
  const one = await first()
  const early = text({ method: 'POST', body: Buffer.alloc(50_000) })
  const stream = await one.request()
  await one.next('DATA')
  one.answer(stream, 'early')
  expect(await early).toBe('early')
  const asked = text()
  const two = await peer(1)
  two.answer(await two.request())
  expect(await asked).toBe('ok')
})
