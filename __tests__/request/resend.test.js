'use strict'

const { open } = require('../support/pools')
const { rejection, until } = require('../support/awaiting')
const { serve } = require('../support/servers')

const server = serve('fault-server')

// Idle connections are closed after a time drawn from so many ms: many requests meet one that is just going.
const RACE_MS = 2
const ROUNDS = 2000
const AT_ONCE = 4

/**
 * Requests on connections that are always about to be closed.
 * @param {(id: number) => any} optionsOf
 */
async function race (by, optionsOf) {
  await server.reset()
  await server.post('/mode', { closeIdleWithinMs: RACE_MS, by, seed: 7 })
  // The pool is to meet the race and not to learn its way round it.
  const pool = open({ maxSocketsPerHost: AT_ONCE })
  const failures = []
  let next = 0
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let id = next++; id < ROUNDS; id = next++) {
      try {
        const { body } = await pool.request(server.url(`/ok?id=${id}`), optionsOf(id))
        await body.text()
      } catch (error) {
        failures.push({ id, error })
      }
      // Some go at once and some just as their connection goes.
      if (id % 2 === 0) await new Promise(resolve => setTimeout(resolve, id % 3))
    }
  }))
  const { resent } = pool.getMetrics()
  return { failures, resent }
}

/** What the server says of the ids, once it is through with all of them. */
async function log (failed) {
  await until(async () => (await server.get('/log-summary')).ids >= ROUNDS - failed)
  return server.get('/log-summary')
}

afterAll(() => server.post('/mode', { closeIdleWithinMs: null }).catch(() => {}))

describe.each(['fin', 'reset'])('idle connections that end by %s', by => {
  test('never fail a GET', async () => {
    const { failures, resent } = await race(by, () => ({}))
    expect([failures, resent > 0]).toEqual([[], true])
  })

  test('never fail a POST with an Idempotency-Key', async () => {
    const { failures, resent } = await race(by, id => ({ method: 'POST', body: 'payload', headers: { 'idempotency-key': `k${id}` } }))
    expect([failures, resent > 0]).toEqual([[], true])
  })

  test('fail a POST only where the server may have read it, and have none read twice', async () => {
    const { failures } = await race(by, () => ({ method: 'POST', body: 'payload' }))
    for (const { error } of failures) {
      expect(error).toMatchObject({ code: 'ECONNRESET', mayHaveBeenProcessed: true, reusedSocket: true, phase: 'head' })
    }
    expect(await log(failures.length)).toMatchObject({ idsReadTwice: 0, idsAnsweredTwice: 0 })
  })
})

test('a connection that the server closed while idle is not used again', async () => {
  await server.post('/mode', { closeIdleWithinMs: null })
  const pool = open()
  await (await pool.request(server.url('/ok'))).body.text()
  // It closes what it finds idle after it has answered.
  await until(async () => {
    await server.post('/close-idle')
    return (await server.stats()).connections.open === 0
  })
  const { statusCode, body } = await pool.request(server.url('/ok'), { method: 'POST', body: 'payload' })
  await body.text()
  expect([statusCode, pool.getMetrics().resent]).toEqual([200, 0])
})

test('a GET whose reused connection dies unanswered is sent once more, on a fresh one', async () => {
  const pool = open()
  await (await pool.request(server.url('/ok'))).body.text()
  const asked = pool.request(server.url('/close-before-head'))
  await expect(asked).rejects.toMatchObject({ code: 'ECONNRESET', reusedSocket: false })
  expect(pool.getMetrics()).toMatchObject({ resent: 1, connectionsCreated: 2 })
})

test('a streamed body is not sent twice', async () => {
  const pool = open()
  await (await pool.request(server.url('/ok'))).body.text()
  const body = (async function * () { yield 'payload' })()
  await expect(pool.request(server.url('/close-before-head'), { method: 'PUT', body })).rejects.toMatchObject({ code: 'ECONNRESET', reusedSocket: true })
  expect(pool.getMetrics().resent).toBe(0)
})

test('a pool that is destroyed while it dials in the place of a dead connection says so', async () => {
  await server.post('/mode', { closeIdleWithinMs: null })
  const known = server.url('/ok').replace('127.0.0.1', 'somewhere.test')
  let [asked, isSilent] = [0, false]
  const lookup = (_name, _options, done) => { asked++; if (!isSilent) done(null, [{ address: '127.0.0.1', family: 4 }]) }
  const pool = open({ lookup, dnsCacheMs: 0 })
  // Two idle ones: the request dies on one of them, and the other is given up for a new one.
  await Promise.all([1, 2].map(async () => (await pool.request(known)).body.text()))
  isSilent = true
  const before = asked
  const failed = rejection(pool.request(known.replace('/ok', '/close-before-head')))
  await until(() => asked > before)
  pool.destroy()
  expect(await failed).toMatchObject({ code: 'ERR_POOL_DESTROYED' })
})
