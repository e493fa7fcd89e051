'use strict'

const { open } = require('../support/pools')
const { rejection, until } = require('../support/awaiting')
const { serve } = require('../support/servers')

const server = serve('fault-server')
const bench = serve('bench-server')

/** Each with the code it has, and a request that runs into it alone. */
const LIMITS = {
  connectTimeout: { code: 'ERR_POOL_CONNECT_TIMEOUT', phase: /connect|tls/, url: () => `https://127.0.0.1:${server.silent}/` },
  headersTimeout: { code: 'ERR_POOL_HEADERS_TIMEOUT', phase: /head/, url: () => server.url('/stall-before-head') },
  bodyTimeout: { code: 'ERR_POOL_BODY_TIMEOUT', phase: /body/, url: () => server.url('/stall-in-body') },
  requestTimeout: { code: 'ERR_POOL_REQUEST_TIMEOUT', phase: /head|body/, url: () => server.url('/stall-before-head') }
}

const read = asked => asked.then(({ body }) => body.text())

describe.each(Object.entries(LIMITS))('%s', (name, { code, phase, url }) => {
  test('of the pool ends the request with its own code', async () => {
    const error = await rejection(read(open({ [name]: 40 }).request(url())))
    expect(error).toMatchObject({ name: 'PoolError', code, phase: expect.stringMatching(phase), origin: new URL(url()).origin })
    expect(error.message).toContain(name)
  })

  test('of the request ends it', async () => {
    expect((await rejection(read(open().request(url(), { [name]: 40 })))).code).toBe(code)
  })

  test('of the request stands before the pool\'s', async () => {
    expect((await rejection(read(open({ [name]: 600_000 }).request(url(), { [name]: 40 })))).code).toBe(code)
  })

  test('counts as a timeout and an error', async () => {
    const pool = open({ [name]: 40 })
    await rejection(read(pool.request(url())))
    expect(pool.getMetrics()).toMatchObject({ timeouts: 1, errors: 1, totalRequests: 1 })
  })

  test('leaves the pool as it was', async () => {
    const pool = open({ maxSockets: 1 })
    await rejection(read(pool.request(url(), { [name]: 40 })))
    expect((await pool.request(server.url('/ok'))).statusCode).toBe(200)
  })
})

test('requestTimeout ends a body that never does', async () => {
  const { body } = await open().request(bench.url('/drip?n=100000&every=5'), { requestTimeout: 60 })
  expect((await rejection(body.text())).code).toBe('ERR_POOL_REQUEST_TIMEOUT')
})

test('bodyTimeout is the time between two pieces and not that of the whole', async () => {
  const text = await read(open().request(bench.url('/drip?n=30&every=10'), { bodyTimeout: 150 }))
  expect(text.length).toBe(30)
})

test('bodyTimeout does not bound the wait for the head', async () => {
  expect((await open().request(bench.url('/delay?ms=150'), { bodyTimeout: 20 })).statusCode).toBe(200)
})

test('timeout does not bound the wait for the head', async () => {
  expect((await open({ timeout: 20 }).request(bench.url('/delay?ms=150'))).statusCode).toBe(200)
})

test('timeout bounds the silence of a body', async () => {
  expect((await rejection(read(open({ timeout: 40 }).request(server.url('/stall-in-body'))))).code).toBe('ERR_POOL_BODY_TIMEOUT')
})

test('0 is never', async () => {
  const pool = open({ headersTimeout: 20, bodyTimeout: 20, requestTimeout: 20 })
  const options = { headersTimeout: 0, bodyTimeout: 0, requestTimeout: 0 }
  expect((await read(pool.request(bench.url('/delay?ms=100'), options))).length).toBe(200)
})

describe('the queue', () => {
  /** A pool of one connection, which is taken. */
  async function full (options) {
    const pool = open({ maxSockets: 1, ...options })
    const holder = pool.request(server.url('/stall-before-head'))
    holder.catch(() => {})
    await until(() => pool.getMetrics().agents.http.active === 1)
    return pool
  }

  test('queueTimeout of the pool ends the wait with its own code', async () => {
    const pool = await full({ queueTimeout: 40 })
    expect(await rejection(pool.request(server.url('/ok')))).toMatchObject({
      code: 'ERR_POOL_QUEUE_TIMEOUT', phase: 'queue', mayHaveBeenProcessed: false, origin: `http://127.0.0.1:${server.http}`, occupancy: { total: 1, active: 1, idle: 0 }
    })
  })

  test('queueTimeout of the request ends its wait', async () => {
    const pool = await full()
    expect((await rejection(pool.request(server.url('/ok'), { queueTimeout: 40 }))).code).toBe('ERR_POOL_QUEUE_TIMEOUT')
  })

  test('requestTimeout ends a wait in the queue too', async () => {
    const pool = await full()
    expect((await rejection(pool.request(server.url('/ok'), { requestTimeout: 40 }))).code).toBe('ERR_POOL_REQUEST_TIMEOUT')
  })

  test('maxQueued refuses the request that would be one too many', async () => {
    const pool = await full({ maxQueued: 2 })
    const waiting = [1, 2].map(() => pool.request(server.url('/ok')))
    for (const one of waiting) one.catch(() => {})
    expect(await rejection(pool.request(server.url('/ok')))).toMatchObject({ code: 'ERR_POOL_QUEUE_FULL', phase: 'queue', mayHaveBeenProcessed: false })
  })

  test('a wait without bounds ends with the connection\'s return', async () => {
    const pool = open({ maxSockets: 1 })
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => {
      const { statusCode, body } = await pool.request(bench.url('/json'))
      await body.text()
      return statusCode
    }))
    expect([new Set(statuses), pool.getMetrics().peakPoolSize]).toEqual([new Set([200]), 1])
  })
})

describe('a busy event loop', () => {
  /** Nothing of JavaScript runs on this thread for so long. */
  const block = ms => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

  test.each([
    ['headersTimeout', '/json', 1],
    ['bodyTimeout', '/bytes?n=200000&chunked=1', 1],
    ['requestTimeout', '/json', 1],
    ['connectTimeout', '/json', 1],
    ['queueTimeout', '/json', 8]
  ])('fires no %s when the server has answered in time', async (name, path, requests) => {
    const pool = open({ [name]: 250, maxSockets: requests === 1 ? 10 : 1 })
    await read(pool.request(bench.url('/json')))
    const asked = Array.from({ length: requests }, () => read(pool.request(bench.url(path))))
    await new Promise(process.nextTick)
    block(600)
    expect((await Promise.all(asked)).every(text => text.length > 0)).toBe(true)
  })

  test('fires no bodyTimeout when it is the reader that is slow', async () => {
    const { body } = await open({ bodyTimeout: 100 }).request(bench.url('/bytes?n=3000000'))
    let size = 0
    for await (const chunk of body) {
      if (size === 0) block(300)
      size += chunk.length
    }
    expect(size).toBe(3_000_000)
  })
})
