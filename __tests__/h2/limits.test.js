'use strict'

// How many streams are used: what a server allows, none of them, fewer than there are, and what it refuses.

const { pair, seen, requests } = require('../support/framed')
const { rejection, until } = require('../support/awaiting')

const REFUSED_STREAM = 7
const ONE = { maxSocketsPerHost: 1 }
const NONE = 0

const many = (/** @type {number} */ length, /** @type {() => Promise<string>} */ ask) => Array.from({ length }, ask)
const waiting = (/** @type {any} */ pool) => pool.getMetrics().agents.http.pending

test('without keepAlive each request has a connection of its own', async () => {
  const { text, peer, peers } = await pair({}, { keepAlive: false })
  const asked = many(5, () => text())
  for (let n = 0; n < 5; n++) {
    const one = await peer(n)
    one.answer(await one.request())
    await one.gone()
    expect(one.streams).toEqual([1])
  }
  await Promise.all(asked)
  expect(peers).toHaveLength(5)
})

test('a server that allows no streams at first is waited for, by those too whom it has refused', async () => {
  const { text, peer, peers, pool } = await pair({ greets: false }, ONE)
  const asked = many(12, () => text({ method: 'POST' }))
  const one = await peer(0)
  const early = await requests(one, 10)
  await one.allow(NONE)
  for (const stream of early) one.reset(stream, REFUSED_STREAM)
  await until(() => waiting(pool) === 12)
  await seen(one)
  expect(one.streams).toHaveLength(10)
  await one.allow(12)
  for (const stream of await requests(one, 12)) one.answer(stream)
  await Promise.all(asked)
  expect(peers).toHaveLength(1)
})

test('a server that allows no streams any more is waited for', async () => {
  const { text, first, peers, pool } = await pair({}, ONE)
  const one = await first()
  await one.allow(NONE)
  const asked = many(3, () => text())
  await until(() => waiting(pool) === 3)
  await seen(one)
  expect(one.streams).toEqual([1])
  await one.allow(3)
  for (const stream of await requests(one, 3)) one.answer(stream)
  await Promise.all(asked)
  expect(peers).toHaveLength(1)
})

test('the wait for streams ends with queueTimeout', async () => {
  const { text, first, pool } = await pair({}, { ...ONE, queueTimeout: 30 })
  const one = await first()
  await one.allow(NONE)
  expect(await rejection(text())).toMatchObject({ code: 'ERR_POOL_QUEUE_TIMEOUT', phase: 'queue' })
  await one.allow(1)
  const asked = text()
  one.answer(await one.request())
  expect(await asked).toBe('ok')
  expect(pool.getMetrics().connectionsCreated).toBe(1)
})

test('where no streams are allowed one more connection is tried, and no third', async () => {
  const { text, first, peer, peers, pool } = await pair()
  const one = await first()
  await one.allow(NONE)
  const asked = many(5, () => text({ method: 'POST' }))
  const other = await peer(1)
  const early = await requests(other, 5)
  await seen(other)
  await other.allow(NONE)
  for (const stream of early) other.reset(stream, REFUSED_STREAM)
  await until(() => waiting(pool) === 5)
  await seen(other)
  expect(peers).toHaveLength(2)
  await one.allow(5)
  for (const stream of await requests(one, 5)) one.answer(stream)
  await Promise.all(asked)
  expect(peers).toHaveLength(2)
})

test('a limit that falls from a hundred to one holds for all that comes after the fifty under way', async () => {
  const { text, first } = await pair({}, ONE)
  const one = await first()
  const asked = many(50, () => text())
  const under = await requests(one, 50)
  await one.allow(1)
  asked.push(...many(3, () => text()))
  const last = under.pop()
  for (const stream of under) one.answer(stream)
  await seen(one)
  expect(one.streams).toHaveLength(51)
  one.answer(last)
  for (let n = 0; n < 3; n++) {
    const stream = await one.request()
    await seen(one)
    expect(one.open.size).toBe(1)
    one.answer(stream)
  }
  await Promise.all(asked)
})

test('what a connection refuses goes by another, and it is asked to carry no more than it does', async () => {
  const { text, first, peer } = await pair()
  const one = await first()
  const asked = many(3, () => text({ method: 'POST' }))
  const [, , third] = await requests(one, 3)
  one.reset(third, REFUSED_STREAM)
  const other = await peer(1)
  other.answer(await other.request())
  const next = text()
  other.answer(await other.request())
  await next
  expect(one.streams).toHaveLength(4)
  one.answer(3).answer(5)
  await Promise.all(asked)
})

test('what the only connection refuses waits for one of the others to end', async () => {
  const { text, first, pool } = await pair({}, ONE)
  const one = await first()
  const asked = many(3, () => text({ method: 'POST' }))
  const [, , third] = await requests(one, 3)
  one.reset(third, REFUSED_STREAM)
  await until(() => waiting(pool) === 1)
  await seen(one)
  expect(one.streams).toHaveLength(4)
  one.answer(3)
  one.answer(await one.request())
  one.answer(5)
  await Promise.all(asked)
})

test('a consumer that reads nothing keeps none of its eight neighbours waiting', async () => {
  const { text, first, pool, url } = await pair()
  const one = await first()
  const slow = pool.request(url)
  const stuck = await one.request()
  one.head(stuck)
  const { body } = await slow
  const piece = Buffer.alloc(16_384, 's')
  for (let n = 0; n < 64; n++) one.data(stuck, piece)
  const asked = many(8, () => text())
  for (const stream of await requests(one, 8)) {
    one.head(stream)
    for (let n = 0; n < 16; n++) one.data(stream, piece)
    one.data(stream, '', true)
  }
  for (const whole of await Promise.all(asked)) expect(whole).toHaveLength(16 * 16_384)
  const rest = body.text()
  while ((await one.next('WINDOW_UPDATE')).stream !== stuck);
  one.data(stuck, 'end', true)
  expect(await rest).toHaveLength(64 * 16_384 + 3)
})
