'use strict'

const { rejection } = require('../support/awaiting')
const binding = require('../support/addon')
const { SmallRing } = require('../support/ring')
const { serve } = require('../support/servers')

const server = serve('bench-server')
const faulty = serve('fault-server')

/** @type {SmallRing[]} */
const rings = []

afterEach(() => {
  for (const ring of rings.splice(0)) ring.close()
})

function small (sizes, port = server.http) {
  const ring = new SmallRing(sizes)
  rings.push(ring)
  ring.origin(port)
  return ring
}

const pattern = length => Buffer.from(Uint8Array.from({ length }, (_, index) => index))

test.each([64, 128, 256, 1024])('a reply comes whole through a slab of %d bytes', async completions => {
  const ring = small({ completions })
  const { status, head, body } = await ring.ask('/json')
  expect([status, head.split('\n').length % 2, body.length, JSON.parse(body.toString()).object]).toEqual([200, 1, 200, 'chat.completion'])
})

test.each([64, 128, 1000])('a body of many slabs comes whole through %d bytes', async completions => {
  const ring = small({ completions })
  const { body } = await ring.ask('/bytes?n=40000&chunked=1')
  expect(body.equals(pattern(40_000))).toBe(true)
})

test.each([64, 256, 1000])('a head of many slabs comes whole through %d bytes', async completions => {
  const ring = small({ completions }, faulty.http)
  const { head } = await ring.ask('/headers?count=50&size=100')
  const whole = await small({}, faulty.http).ask('/headers?count=50&size=100')
  expect(head).toBe(whole.head)
})

test('heads in pieces of two requests do not mix', async () => {
  const ring = small({ completions: 96 }, faulty.http)
  const heads = await Promise.all(Array.from({ length: 10 }, (_, i) => ring.ask(`/headers?count=${5 + i}&size=50`)))
  const whole = small({}, faulty.http)
  for (const [i, { head }] of heads.entries()) expect(head).toBe((await whole.ask(`/headers?count=${5 + i}&size=50`)).head)
})

test('trailers come whole when the slab holds them and not what is before them', async () => {
  const { body, trailers } = await small({ completions: 80 }).ask('/trailers')
  expect([body.toString(), trailers]).toEqual(['abcdefgh', '\nx-checksum\nabcdefgh\nx-count\n8'])
})

test('what does not fit is delivered by further rounds, in order', async () => {
  const ring = small({ completions: 600 })
  const replies = await Promise.all(Array.from({ length: 200 }, (_, i) => ring.ask(`/json?bytes=${100 + i}`)))
  expect(replies.map(({ body }) => body.length)).toEqual(Array.from({ length: 200 }, (_, i) => 100 + i))
})

test('a submission slab of a few records carries any number of requests', async () => {
  const ring = small({ submissions: 256 })
  const replies = await Promise.all(Array.from({ length: 200 }, () => ring.ask('/json')))
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
})

test('a slab that is transferred away ends its ring, and its requests with an error', async () => {
  const ring = small()
  const asked = rejection(ring.ask('/delay?ms=20'))
  structuredClone(ring.slabs.completions, { transfer: [ring.slabs.completions] })
  expect(await asked).toMatchObject({ code: 'ENDED' })
  expect(ring.isEnded).toBe(true)
})

test('after a ring has ended the next one works', async () => {
  const ring = small()
  const asked = rejection(ring.ask('/json'))
  structuredClone(ring.slabs.completions, { transfer: [ring.slabs.completions] })
  await asked
  expect((await small().ask('/json')).status).toBe(200)
})

describe('the package over a ring that ends', () => {
  /** The package, evaluated anew, and the slabs of its ring. */
  function evaluated () {
    const attach = jest.spyOn(binding, 'attach')
    /** @type {any} */
    let fresh
    jest.isolateModules(() => {
      jest.doMock('../../binding.js', () => binding)
      fresh = require('../..')
    })
    const pool = new fresh.ConnectionPoolManager()
    const slabs = attach.mock.results[0].value
    attach.mockRestore()
    return { fresh, pool, slabs }
  }

  test('fails what is in flight with an error that says so', async () => {
    const { pool, slabs } = evaluated()
    const asked = rejection(pool.request(server.url('/delay?ms=20')))
    await new Promise(setImmediate)
    structuredClone(slabs.completions, { transfer: [slabs.completions] })
    expect(await asked).toMatchObject({ name: 'PoolError', code: 'ERR_POOL_INTERNAL' })
  })

  test('refuses what a pool of it is asked afterwards, and lets a new pool work', async () => {
    const { fresh, pool, slabs } = evaluated()
    const asked = rejection(pool.request(server.url('/json')))
    await new Promise(setImmediate)
    structuredClone(slabs.completions, { transfer: [slabs.completions] })
    await asked
    expect(await rejection(pool.request(server.url('/json')))).toMatchObject({ name: 'PoolError', code: 'ERR_POOL_INTERNAL' })
    const next = new fresh.ConnectionPoolManager()
    expect((await next.request(server.url('/json'))).statusCode).toBe(200)
    next.destroy()
    pool.destroy()
  })
})
