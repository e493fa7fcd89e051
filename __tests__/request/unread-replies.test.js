'use strict'

// Replies that are asked for together and read only when all heads are there: those at the limit must not keep out the others.

const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { serve } = require('../support/servers')

const bench = serve('bench-server')
const MIB = 2 ** 20

const WAYS = {
  fetch: async (pool, url) => {
    const response = await pool.fetch(url)
    return async () => (await response.arrayBuffer()).byteLength
  },
  request: async (pool, url) => {
    const { body } = await pool.request(url)
    return async () => (await body.arrayBuffer()).byteLength
  }
}

test.each(Object.entries(WAYS))('forty replies of 2 MiB come by two connections though none is read before all are there: %s', async (_, ask) => {
  const pool = open({ maxSocketsPerHost: 2 })
  const replies = await Promise.all(Array.from({ length: 40 }, () => ask(pool, bench.url(`/bytes?n=${2 * MIB}`))))
  const sizes = await Promise.all(replies.map(read => read()))
  expect(sizes).toEqual(Array(40).fill(2 * MIB))
  expect(pool.getMetrics()).toMatchObject({ connectionsCreated: 2, errors: 0 })
})

test('who comes to wait later finds the connection of a reply that nobody reads', async () => {
  const pool = open({ maxSockets: 1 })
  const { body } = await pool.request(bench.url(`/bytes?n=${2 * MIB}`))
  // Its window is full by now, and nobody waits.
  await until(() => pool.getMetrics().agents.http.active === 1)
  expect((await pool.request(bench.url('/json'))).statusCode).toBe(200)
  expect((await body.arrayBuffer()).byteLength).toBe(2 * MIB)
})

test('a reply that is too large for that keeps its connection until it is read', async () => {
  const pool = open({ maxSockets: 1, queueTimeout: 500 })
  const { body } = await pool.request(bench.url(`/bytes?n=${32 * MIB}`))
  expect((await rejection(pool.request(bench.url('/json')))).code).toBe('ERR_POOL_QUEUE_TIMEOUT')
  expect((await body.arrayBuffer()).byteLength).toBe(32 * MIB)
  expect((await pool.request(bench.url('/json'))).statusCode).toBe(200)
})

test('one of which the reader has begun stops its connection when he does, whoever waits', async () => {
  const pool = open({ maxSockets: 1, queueTimeout: 300 })
  const { body } = await pool.request(bench.url(`/bytes?n=${3 * MIB}`))
  const reading = body[Symbol.asyncIterator]()
  let read = (await reading.next()).value.length
  expect((await rejection(pool.request(bench.url('/json')))).code).toBe('ERR_POOL_QUEUE_TIMEOUT')
  for await (const chunk of body) read += chunk.length
  expect(read).toBe(3 * MIB)
})
