'use strict'

const { Readable } = require('node:stream')
const { gunzipSync, gzipSync } = require('node:zlib')
const { deferred, rejection } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { httpServer } = require('../support/servers')

const ok = () => httpServer((_, reply) => { reply.end('from the server') })

test.each([
  ['request', async (pool, url) => (await pool.request(url)).body.text()],
  ['fetch', async (pool, url) => (await pool.fetch(url)).text()]
])('%s is answered by a function, and no connection is made', async (_, ask) => {
  const { url } = await ok()
  const pool = open()
  pool.intercept(({ url, method }) => ({ statusCode: 200, body: `${method} ${new URL(url).pathname}` }))
  expect(await ask(pool, `${url}/x`)).toBe('GET /x')
  expect(pool.getMetrics().connectionsCreated).toBe(0)
})

test('a Response is an answer, its stream included', async () => {
  const pool = open()
  pool.intercept(() => new Response(new Blob(['mine']).stream(), { status: 202, headers: { 'x-own': '1' } }))
  const response = await pool.fetch('http://a.test/')
  expect([response.status, response.headers.get('x-own'), await response.text()]).toEqual([202, '1', 'mine'])
})

test('what it lets pass goes on to the server, and after the undo all does', async () => {
  const { url } = await ok()
  const pool = open()
  const undo = pool.intercept(request => request.url.endsWith('/mine') ? { status: 200, body: 'mine' } : undefined)
  const text = async path => (await pool.fetch(url + path)).text()
  expect([await text('/mine'), await text('/other')]).toEqual(['mine', 'from the server'])
  undo()
  expect(await text('/mine')).toBe('from the server')
})

test('who came last is asked first', async () => {
  const pool = open()
  pool.intercept(() => ({ status: 200, body: 'first' }))
  const undo = pool.intercept(() => ({ status: 200, body: 'second' }))
  const text = async () => (await pool.fetch('http://a.test/')).text()
  expect(await text()).toBe('second')
  undo()
  expect(await text()).toBe('first')
})

test('what it throws is what the call fails with', async () => {
  const pool = open()
  const error = new Error('mine')
  pool.intercept(() => { throw error })
  expect(await rejection(pool.request('http://a.test/'))).toBe(error)
  expect((await rejection(pool.fetch('http://a.test/'))).cause).toBe(error)
})

describe('a reply that was fetched', () => {
  /** A server whose reply came over its connection in every way that a header tells. */
  const stub = () => httpServer((_, reply) => {
    reply.writeHead(200, 'Fine', { 'content-encoding': 'gzip', connection: 'keep-alive', 'keep-alive': 'timeout=5', 'x-own': '1', 'set-cookie': ['a=1', 'b=2'] }).end(gzipSync('from the stub'))
  })

  test.each([
    ["the platform's fetch", () => fetch],
    ["another pool's fetch", () => { const pool = open(); return url => pool.fetch(url) }],
    ["another pool's request", () => { const pool = open(); return url => pool.request(url) }]
  ])('by %s is played to fetch and to request', async (_, makeFetch) => {
    const { url } = await stub()
    const from = makeFetch()
    const pool = open()
    pool.intercept(() => from(url))
    const response = await pool.fetch('http://a.test/')
    expect([response.status, response.statusText, response.headers.get('x-own'), response.headers.getSetCookie()]).toEqual([200, 'Fine', '1', ['a=1', 'b=2']])
    expect([response.headers.has('connection'), response.headers.has('keep-alive'), response.headers.has('transfer-encoding')]).toEqual([false, false, false])
    expect(await response.text()).toBe('from the stub')
    const reply = await pool.request('http://a.test/')
    expect(reply.headers).toMatchObject({ 'x-own': '1', 'set-cookie': ['a=1', 'b=2'] })
    expect(await reply.body.text()).toBe('from the stub')
  })

  test('shows a coding that is undone to fetch, as a reply from the server does, and not to request', async () => {
    const { url } = await stub()
    const pool = open()
    const shown = async () => [(await pool.fetch(url)).headers.get('content-encoding'), (await pool.request(url)).headers['content-encoding']]
    const expected = await shown()
    pool.intercept(() => fetch(url))
    expect(expected).toEqual(['gzip', undefined])
    expect(await shown()).toEqual(expected)
    expect((await pool.request(url, { decompress: false })).headers).not.toHaveProperty('content-encoding')
  })
})

test('a coded body that is no Response is given as it is, under its headers', async () => {
  const pool = open()
  pool.intercept(() => ({ status: 200, headers: { 'content-encoding': 'gzip', 'content-length': '33' }, body: gzipSync('coded') }))
  const { headers, body } = await pool.request('http://a.test/', { decompress: false })
  expect(headers).toEqual({ 'content-encoding': 'gzip', 'content-length': '33' })
  expect(String(gunzipSync(await body.bytes()))).toBe('coded')
})

test.each([['a\nb: c'], ['a\r\n'], ['\u20ac'], [5]])('the statusText %j is refused by its name', async statusText => {
  const pool = open()
  pool.intercept(() => ({ status: 200, statusText }))
  const refused = { name: 'TypeError', code: 'ERR_INVALID_RETURN_VALUE', message: expect.stringContaining('statusText') }
  expect(await rejection(pool.request('http://a.test/'))).toMatchObject(refused)
  expect((await rejection(pool.fetch('http://a.test/'))).cause).toMatchObject(refused)
})

test.each([[5], [{ status: 99 }], [{ statusCode: '200' }]])('the answer %j is refused', async answer => {
  const pool = open()
  pool.intercept(() => answer)
  expect(await rejection(pool.request('http://a.test/'))).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_RETURN_VALUE' })
})

test('a redirect that it answers with is followed, and asked about again', async () => {
  const pool = open()
  const seen = []
  pool.intercept(({ url }) => {
    seen.push(url)
    return url.endsWith('/a') ? { status: 302, headers: { location: '/b' } } : { status: 200, body: 'there' }
  })
  expect(await (await pool.fetch('http://a.test/a')).text()).toBe('there')
  expect(seen).toEqual(['http://a.test/a', 'http://a.test/b'])
})

const NEVER = () => new Promise(() => {})

/** What a call ends with; of fetch that which it names as its cause. */
const CALLS = {
  request: async (pool, init) => rejection(pool.request('http://a.test/', init)),
  fetch: async pool => {
    const error = await rejection(pool.fetch('http://a.test/'))
    expect([error.name, error.message]).toEqual(['TypeError', 'fetch failed'])
    return error.cause
  }
}

describe.each(Object.entries(CALLS))('%s that an interceptor never answers', (_, call) => {
  test('ends with requestTimeout of the pool', async () => {
    const pool = open({ requestTimeout: 100 })
    pool.intercept(NEVER)
    expect(await call(pool)).toMatchObject({ name: 'PoolError', code: 'ERR_POOL_REQUEST_TIMEOUT', phase: 'queue', origin: 'http://a.test:80' })
  })

  test('ends with its pool', async () => {
    const pool = open()
    pool.intercept(NEVER)
    const ended = call(pool)
    pool.destroy()
    expect(await ended).toMatchObject({ name: 'PoolError', code: 'ERR_POOL_DESTROYED', phase: 'queue' })
  })

  test('ends with its pool though the interceptor was taken away', async () => {
    const pool = open()
    const undo = pool.intercept(NEVER)
    const ended = call(pool)
    undo()
    pool.destroy()
    expect(await ended).toMatchObject({ code: 'ERR_POOL_DESTROYED' })
  })

  test('is waited for by drain', async () => {
    const pool = open({ requestTimeout: 100 })
    pool.intercept(NEVER)
    const ended = call(pool)
    await pool.drain()
    // Not by the pool's end.
    expect(await ended).toMatchObject({ code: 'ERR_POOL_REQUEST_TIMEOUT' })
  })
})

test('a requestTimeout of the request, or of its host, is what an interceptor may take', async () => {
  const pool = open({ requestTimeout: 60_000, perHostPools: { a: { hosts: ['b.test'], requestTimeout: 50 } } })
  pool.intercept(NEVER)
  expect(await CALLS.request(pool, { requestTimeout: 50 })).toMatchObject({ code: 'ERR_POOL_REQUEST_TIMEOUT' })
  expect(await rejection(pool.request('https://[::1]/', { requestTimeout: 50 }))).toMatchObject({ origin: 'https://[::1]:443' })
  expect(await rejection(pool.request('http://user:secret@b.test/'))).toMatchObject({ code: 'ERR_POOL_REQUEST_TIMEOUT', origin: 'http://b.test:80' })
})

test('what an interceptor takes before it lets a request pass is part of its requestTimeout', async () => {
  const { url } = await httpServer(() => {})
  const pool = open()
  const { promise, resolve } = deferred()
  pool.intercept(() => promise)
  const begun = performance.now()
  setTimeout(resolve, 900)
  expect(await rejection(pool.request(url, { requestTimeout: 3000 }))).toMatchObject({ code: 'ERR_POOL_REQUEST_TIMEOUT', phase: 'head' })
  // All of it anew would end later.
  expect(performance.now() - begun).toBeLessThan(3800)
})

test('requestTimeout and the pool\'s end hold for a body that an interceptor does not end, whose stream is cancelled', async () => {
  const pool = open()
  const { promise, resolve } = deferred()
  const stalled = () => new ReadableStream({ start: controller => controller.enqueue('some'), cancel: resolve }, { highWaterMark: 0 })
  pool.intercept(() => ({ status: 200, body: stalled() }))
  const { body } = await pool.request('http://a.test/', { requestTimeout: 100 })
  expect(await rejection(body.text())).toMatchObject({ code: 'ERR_POOL_REQUEST_TIMEOUT', phase: 'body' })
  await promise
  const response = await pool.fetch('http://a.test/')
  const text = rejection(response.text())
  pool.destroy()
  expect((await text).cause).toMatchObject({ code: 'ERR_POOL_DESTROYED' })
})

test.each([
  ['ReadableStream', cancel => new ReadableStream({ cancel })],
  ['Readable', cancel => new Readable({ read () {}, destroy (_, done) { cancel(); done(new Error('of its own')) } })]
])('an answer that comes too late is ignored, and its %s cancelled', async (_, streamOf) => {
  const pool = open()
  const [late, cancelled] = [deferred(), deferred()]
  let others = 0
  pool.intercept(() => { others++ })
  pool.intercept(() => late.promise)
  expect(await CALLS.request(pool, { requestTimeout: 50 })).toMatchObject({ code: 'ERR_POOL_REQUEST_TIMEOUT' })
  late.resolve({ status: 200, body: streamOf(cancelled.resolve) })
  await cancelled.promise
  expect([others, pool.getMetrics().connectionsCreated]).toEqual([0, 0])
})

test('one that comes too late and lets it pass asks nobody else, and nothing of the engine', async () => {
  const pool = open()
  const late = deferred()
  let others = 0
  pool.intercept(() => { others++ })
  pool.intercept(() => late.promise)
  await CALLS.request(pool, { requestTimeout: 50 })
  late.resolve(undefined)
  await new Promise(resolve => setImmediate(resolve))
  expect([others, pool.getMetrics().connectionsCreated, pool.getMetrics().errors]).toEqual([0, 0, 0])
})

test('what was answered, refused, left or aborted holds no process open for its requestTimeout', async () => {
  const { code, stdout } = await runChild(`
    const pool = new ConnectionPoolManager({ requestTimeout: 3600_000 })
    const answers = [{ status: 200, body: 'x' }, { status: 200, body: new Blob(['y']).stream() }, 5, { status: 200, body: new ReadableStream() }, undefined, new Promise(() => {})]
    pool.intercept(() => answers.shift())
    const ask = init => pool.request('http://127.0.0.1:1/', init)
    console.log(await (await ask()).body.text(), await (await ask()).body.text(), await ask().catch(error => error.code))
    await (await ask()).body.dump()
    console.log(await ask().catch(error => error.code), await ask({ signal: AbortSignal.timeout(20) }).catch(error => error.name))
  `)
  expect([code, stdout]).toEqual([0, 'x y ERR_INVALID_RETURN_VALUE\nECONNREFUSED TimeoutError\n'])
})

test('what is no function is refused', () => {
  expect(() => open().intercept(/** @type {any} */ ({}))).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }))
})

test('an interceptor that comes while one is asked changes nothing for that request', async () => {
  const { url } = await ok()
  const pool = open()
  const asked = []
  pool.intercept(async () => {
    asked.push('first')
    if (asked.length === 1) pool.intercept(() => { asked.push('second') })
    await Promise.resolve()
  })
  await (await pool.request(url)).body.text()
  expect(asked).toEqual(['first'])
  await (await pool.request(url)).body.text()
  expect(asked).toEqual(['first', 'second', 'first'])
})

test('a body is sent as it was when it was given, whoever looks on', async () => {
  const { url } = await httpServer(async (request, reply) => reply.end(Buffer.concat(await request.toArray())))
  const pool = open()
  pool.intercept(() => undefined)
  const body = Buffer.from('original')
  const asked = pool.request(url, { method: 'POST', body })
  body.fill('X')
  expect(await (await asked).body.text()).toBe('original')
})
