'use strict'

// JavaScript stopped for seconds at a time: no timeout fires for a server that did answer, connections live and end as they
// would have, and nothing is lost after it.

const { runChild } = require('../support/child')
const { serve } = require('../support/servers')

const faulty = serve('fault-server')
const bench = serve('bench-server', ['--certificate', 'self-signed'])

const STOP_MS = 5000
/** Well below the stop, and well above what a reply takes. */
const TIMEOUT_MS = 3000
/** Of request and fetch; an agent's request has its own, `timeout`. */
const TIMEOUTS = { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS, requestTimeout: TIMEOUT_MS }

/**
 * A process that stops its JavaScript.
 * @param {string} script the body of an async function that has `ways`, `said`, `pool` and `stop`; gives what is to be told
 * @param {any} options of the pool
 */
async function blocked (script, options) {
  const { stdout, stderr, code } = await runChild(`
    const { ways, said } = require('./__tests__/faults/ways')
    const pool = new ConnectionPoolManager(${JSON.stringify(options)})
    const stop = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${STOP_MS})
    const told = await (async () => { ${script} })()
    console.log(JSON.stringify(told))
    pool.destroy()
  `)
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

/** What is under way while nobody listens, and has come after it. */
const UNDER_WAY = `
  const ask = url => ways[way](pool, url, way === 'agent' ? { timeout: ${TIMEOUT_MS} } : {}).then(said)
  const asked = [...Array.from({ length: 20 }, (_, id) => ask(small + id)), ask(slow), ask(dripping)]
  // What was asked for in this turn has left, and no reply has been heard of.
  await new Promise(resolve => setImmediate(resolve))
  stop()
  seen.push(await Promise.all(asked))
`

test.each(['request', 'fetch', 'agent'])('what was answered meanwhile is had after it through %s, and no timeout has fired', async way => {
  const told = await blocked(`
    const way = '${way}', small = '${faulty.url('/echo?id=')}', slow = '${bench.url('/delay?ms=500')}', dripping = '${bench.url('/drip?n=20&every=20')}'
    const seen = []
    for (let round = 0; round < 2; round++) { ${UNDER_WAY} }
    const { errors, timeouts, connectionsCreated, connectionsDestroyed, currentPoolSize } = pool.getMetrics()
    return { seen, errors, timeouts, adrift: connectionsCreated - connectionsDestroyed - currentPoolSize }
  `, { ...TIMEOUTS, maxSocketsPerHost: 30 })
  const round = [...Array.from({ length: 20 }, (_, id) => `200 ${id}`), expect.stringMatching(/^200 \{/), expect.stringMatching(/^200 [^]{20}$/)]
  expect(told).toEqual({ seen: [round, round], errors: 0, timeouts: 0, adrift: 0 })
}, 60_000)

test('connections that were idle for too long are closed meanwhile, at their time', async () => {
  const told = await blocked(`
    await ways.request(pool, '${faulty.url('/ok')}', {})
    const before = pool.getMetrics()
    stop()
    // Before anything of this turn could have reached the engine.
    const { currentPoolSize, connectionsDestroyed } = pool.getMetrics()
    return [before.currentPoolSize, currentPoolSize, connectionsDestroyed]
  `, { freeSocketTimeout: 1000 })
  expect(told).toEqual([1, 0, 1])
}, 60_000)

test('an HTTP/2 connection on which a reply is owed is kept by PINGs that nobody in JavaScript sends', async () => {
  const told = await blocked(`
    const asked = ways.request(pool, '${bench.secure('/delay?ms=7000').replace('127.0.0.1', 'localhost')}', {}).then(said)
    await ways.request(pool, '${bench.secure('/json').replace('127.0.0.1', 'localhost')}', {})
    stop()
    const seen = await asked
    return { seen: seen.slice(0, 3), errors: pool.getMetrics().errors, created: pool.getMetrics().connectionsCreated }
  `, { tls: { ca: bench.ca }, pingInterval: 500, pingTimeout: 1000 })
  expect(told).toEqual({ seen: '200', errors: 0, created: 1 })
}, 60_000)

test('a server that does not answer has its timeout at its time, not when JavaScript comes round', async () => {
  const stalled = async () => (await faulty.stats()).stallsEnded
  const before = await stalled()
  const child = blocked(`
    const asked = ways.request(pool, '${faulty.url('/stall-before-head')}', {}).then(said)
    await new Promise(resolve => setImmediate(resolve))
    stop()
    const began = performance.now()
    return { seen: await asked, waited: performance.now() - began < 1000 }
  `, { headersTimeout: 1000 })
  expect(await child).toEqual({ seen: 'ERR_POOL_HEADERS_TIMEOUT, head', waited: true })
  expect(await stalled()).toBe(before + 1)
}, 60_000)
