'use strict'

const { EventEmitter, getEventListeners } = require('node:events')
const { Readable } = require('node:stream')
const { open } = require('../support/pools')
const { rejection, until, deferred } = require('../support/awaiting')
const { serve, tcpServer } = require('../support/servers')

const server = serve('fault-server')
const bench = serve('bench-server')

const REASON = new Error('changed my mind')

test('a signal that is aborted already sends nothing', async () => {
  await server.reset()
  const pool = open()
  expect(await rejection(pool.request(server.url('/ok'), { signal: AbortSignal.abort(REASON) }))).toBe(REASON)
  expect([(await server.stats()).requests, pool.getMetrics().totalRequests]).toEqual([0, 0])
})

test('requests that are given up in the tick that made them are never sent, however many they are', async () => {
  const pool = open({ maxSockets: 100, maxSocketsPerHost: 100, maxFreeSockets: 100 })
  const ask = (/** @type {object} */ options) => Array.from({ length: 100 }, () => pool.request(bench.url('/json'), options))
  await Promise.all(ask({}).map(async asked => (await asked).body.dump()))
  const before = (await bench.stats()).requests
  const control = new AbortController()
  const given = ask({ method: 'POST', body: 'x', signal: control.signal }).map(rejection)
  control.abort(REASON)
  expect(new Set(await Promise.all(given))).toEqual(new Set([REASON]))
  await (await pool.request(bench.url('/json'))).body.dump()
  expect((await bench.stats()).requests - before).toBe(1)
})

test('an abort in the queue gives the place up', async () => {
  const pool = open({ maxSockets: 1 })
  pool.request(server.url('/stall-before-head')).catch(() => {})
  await until(() => pool.getMetrics().agents.http.active === 1)
  const control = new AbortController()
  const asked = pool.request(server.url('/ok'), { signal: control.signal })
  await until(() => pool.getMetrics().agents.http.pending === 1)
  control.abort(REASON)
  expect(await rejection(asked)).toBe(REASON)
  await until(() => pool.getMetrics().agents.http.pending === 0)
})

test('an abort while connecting ends the request', async () => {
  const pool = open()
  const control = new AbortController()
  const asked = pool.request(`https://127.0.0.1:${server.silent}/`, { signal: control.signal })
  await until(() => pool.getMetrics().agents.https.pending === 1)
  control.abort(REASON)
  expect(await rejection(asked)).toBe(REASON)
})

test('an abort before the head closes the connection', async () => {
  const pool = open()
  const control = new AbortController()
  const asked = pool.request(server.url('/stall-before-head'), { signal: control.signal })
  await until(() => pool.getMetrics().agents.http.active === 1)
  control.abort(REASON)
  expect(await rejection(asked)).toBe(REASON)
  await until(() => pool.getMetrics().currentPoolSize === 0)
})

test('an abort in the body fails its reading and closes the connection', async () => {
  const pool = open()
  const control = new AbortController()
  const { body } = await pool.request(server.url('/stall-in-body'), { signal: control.signal })
  const reading = body.text()
  control.abort(REASON)
  expect(await rejection(reading)).toBe(REASON)
  await until(() => pool.getMetrics().currentPoolSize === 0)
})

test('an abort in the body destroys its stream with the reason', async () => {
  const control = new AbortController()
  const { body } = await open().request(bench.url('/drip?n=100000&every=2'), { signal: control.signal })
  const error = await rejection((async () => { for await (const chunk of body) if (chunk.length) control.abort(REASON) })())
  expect(error).toBe(REASON)
})

test('an abort before the body is read fails its reading', async () => {
  const control = new AbortController()
  const { body } = await open().request(server.url('/stall-in-body'), { signal: control.signal })
  control.abort(REASON)
  expect(await rejection(body.text())).toBe(REASON)
})

test('an abort after the end changes nothing', async () => {
  const pool = open()
  const control = new AbortController()
  const { body } = await pool.request(bench.url('/json'), { signal: control.signal })
  control.abort(REASON)
  expect(await body.json()).toMatchObject({ model: 'bench-1' })
  expect((await pool.request(bench.url('/json'))).statusCode).toBe(200)
  expect(pool.getMetrics().connectionsCreated).toBe(1)
})

test('an abort while a body goes up tells its source to stop', async () => {
  const { url } = await tcpServer(socket => socket.pause())
  const stopped = deferred()
  const started = deferred()
  const body = (async function * () {
    try {
      for (;;) { started.resolve(); yield Buffer.alloc(64 * 1024) }
    } finally { stopped.resolve('stopped') }
  })()
  const control = new AbortController()
  const asked = open().request(url, { method: 'POST', body, signal: control.signal })
  await started.promise
  control.abort(REASON)
  expect([await rejection(asked), await stopped.promise]).toEqual([REASON, 'stopped'])
})

test('an aborted request is counted as such and is no error', async () => {
  const pool = open()
  const control = new AbortController()
  const asked = pool.request(server.url('/stall-before-head'), { signal: control.signal })
  await until(() => pool.getMetrics().agents.http.active === 1)
  control.abort(REASON)
  await rejection(asked)
  await until(() => pool.getMetrics().aborted === 1)
  expect(pool.getMetrics().errors).toBe(0)
})

test('an abort without a reason rejects with an AbortError', async () => {
  const control = new AbortController()
  const asked = open().request(server.url('/stall-before-head'), { signal: control.signal })
  control.abort()
  expect(await rejection(asked)).toMatchObject({ name: 'AbortError', code: 20 })
})

test('an EventEmitter is a signal', async () => {
  const signal = new EventEmitter()
  const asked = open().request(server.url('/stall-before-head'), { signal })
  signal.emit('abort')
  expect(await rejection(asked)).toMatchObject({ name: 'AbortError' })
  expect(signal.listenerCount('abort')).toBe(0)
})

test('AbortSignal.timeout is a signal', async () => {
  expect(await rejection(open().request(server.url('/stall-before-head'), { signal: AbortSignal.timeout(20) }))).toMatchObject({ name: 'TimeoutError' })
})

test('AbortSignal.any is a signal', async () => {
  const control = new AbortController()
  const signal = AbortSignal.any([new AbortController().signal, control.signal])
  const asked = open().request(server.url('/stall-before-head'), { signal })
  control.abort(REASON)
  expect(await rejection(asked)).toBe(REASON)
})

describe('a thousand requests on one signal', () => {
  test('raise no warning and leave no listener', async () => {
    const warnings = []
    const listen = warning => warnings.push(warning)
    process.on('warning', listen)
    const { signal } = new AbortController()
    const pool = open()
    await Promise.all(Array.from({ length: 1000 }, async () => (await pool.request(bench.url('/json'), { signal })).body.text()))
    await new Promise(setImmediate)
    process.removeListener('warning', listen)
    expect([warnings, getEventListeners(signal, 'abort').length]).toEqual([[], 0])
  })

  test('are all aborted at once', async () => {
    const control = new AbortController()
    // What is dialled for those who are still to be aborted becomes idle.
    const pool = open({ freeSocketTimeout: 1000 })
    const asked = Array.from({ length: 1000 }, () => rejection(pool.request(server.url('/stall-before-head'), { signal: control.signal })))
    await until(() => pool.getMetrics().agents.http.active === 10)
    control.abort(REASON)
    expect(new Set(await Promise.all(asked))).toEqual(new Set([REASON]))
    await until(() => pool.getMetrics().currentPoolSize === 0)
  })
})

test('a signal is let go of when its request fails', async () => {
  const { signal } = new AbortController()
  await rejection(open().request(server.url('/close-before-head'), { signal }))
  expect(getEventListeners(signal, 'abort').length).toBe(0)
})

test('a signal is watched until the body has been read', async () => {
  const { signal } = new AbortController()
  const { body } = await open().request(bench.url('/bytes?n=1000000'), { signal })
  const during = getEventListeners(signal, 'abort').length
  await body.bytes()
  expect([during, getEventListeners(signal, 'abort').length]).toEqual([1, 0])
})

test('abort in the queue ends the source of a body and throws nowhere', async () => {
  const pool = open({ maxSockets: 1 })
  const ahead = await pool.request(bench.url('/bytes?n=5000000'))
  const aborter = new AbortController()
  const source = new Readable({ read () {} })
  const asked = rejection(pool.request(bench.url('/sink'), { method: 'POST', body: source, signal: aborter.signal }))
  aborter.abort(REASON)
  expect([await asked, source.destroyed]).toEqual([REASON, true])
  expect((await ahead.body.bytes()).length).toBe(5_000_000)
})
