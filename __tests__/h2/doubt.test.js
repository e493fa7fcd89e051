'use strict'

// A peer that says nothing while a request's time runs out: it may be gone without a word.

const { pair, requests } = require('../support/framed')
const { rejection, until } = require('../support/awaiting')

const ACK = 1
/** Longer than what a peer may be away. */
const LONG = 300

/** A connection over which a request has failed for want of time. */
async function doubted (options, how = { headersTimeout: LONG }) {
  const stage = await pair({}, options)
  const one = await stage.first()
  const error = await rejection(stage.text(how))
  await one.request()
  return { ...stage, one, error }
}

test('a peer that was silent for the time of a request is asked at once, and another connection serves', async () => {
  const { one, error, text, peer } = await doubted()
  expect(error).toMatchObject({ code: 'ERR_POOL_HEADERS_TIMEOUT' })
  expect(await one.next('PING')).toMatchObject({ flags: 0, stream: 0, payload: Buffer.from('in doubt') })
  const asked = text()
  const two = await peer(1)
  two.answer(await two.request(), 'elsewhere')
  expect(await asked).toBe('elsewhere')
  expect(one.streams).toHaveLength(2)
})

test.each([
  ['requestTimeout', () => ({ requestTimeout: LONG })],
  ['a signal', () => ({ signal: AbortSignal.timeout(LONG) })]
])('so is it where %s ends the request', async (_, how) => {
  const { one } = await doubted({}, how())
  expect((await one.next('PING')).payload).toHaveLength(8)
})

test('its answer lets it serve again', async () => {
  const { one, text, peers } = await doubted({ maxSocketsPerHost: 1 })
  const { payload } = await one.next('PING')
  const asked = text()
  one.send('PING', ACK, 0, payload)
  one.answer(await one.request())
  expect(await asked).toBe('ok')
  expect(peers).toHaveLength(1)
})

test('so does whatever else it says', async () => {
  const { one, text, peers } = await doubted({ maxSocketsPerHost: 1 })
  await one.next('PING')
  const asked = text()
  one.settings([3, 50])
  one.answer(await one.request())
  expect(await asked).toBe('ok')
  expect(peers).toHaveLength(1)
})

test('without an answer it is given up after pingTimeout, and who waited goes on', async () => {
  const stage = await pair({}, { maxSocketsPerHost: 1, pingTimeout: 100 })
  const one = await stage.first()
  const inFlight = rejection(stage.pool.request(stage.url, { method: 'POST', body: 'x' }))
  await one.request()
  await rejection(stage.text({ headersTimeout: LONG }))
  const asked = stage.text()
  expect(await inFlight).toMatchObject({ code: 'ETIMEDOUT', message: 'the server did not answer a PING (pingTimeout)', mayHaveBeenProcessed: true })
  const two = await stage.peer(1)
  two.answer(await two.request())
  expect(await asked).toBe('ok')
  expect(one.streams).toHaveLength(3)
})

test('a request that is soon given up says nothing of its peer', async () => {
  const { one, text, peers } = await doubted({}, { headersTimeout: 20 })
  const asked = text()
  one.answer(await one.request())
  expect(await asked).toBe('ok')
  expect(one.left.map(({ type }) => type)).not.toContain('PING')
  expect(peers).toHaveLength(1)
})

test('nor does one during which the peer said something to others', async () => {
  const { first, text, peers } = await pair()
  const one = await first()
  const slow = text()
  const stream = await one.request()
  const failed = rejection(text({ headersTimeout: LONG }))
  await one.request()
  one.head(stream)
  await failed
  one.data(stream, 'slow', true)
  expect(await slow).toBe('slow')
  const asked = text()
  one.answer(await one.request())
  expect(await asked).toBe('ok')
  expect(peers).toHaveLength(1)
})

test('a peer that is never to be asked is not doubted', async () => {
  const { one, text } = await doubted({ pingInterval: 0 })
  const asked = text()
  one.answer(await one.request())
  expect(await asked).toBe('ok')
  expect(one.left.map(({ type }) => type)).not.toContain('PING')
})

test('the limits of connections hold while one is doubted', async () => {
  const { one, text, pool, peers } = await doubted({ maxSocketsPerHost: 1 })
  const { payload } = await one.next('PING')
  const asked = [text(), text()]
  await until(() => pool.getMetrics().agents.http.pending === 2)
  one.send('PING', ACK, 0, payload)
  for (const stream of await requests(one, asked.length)) one.answer(stream)
  expect(await Promise.all(asked)).toEqual(['ok', 'ok'])
  expect(peers).toHaveLength(1)
})
