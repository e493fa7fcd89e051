'use strict'

const { getEventListeners } = require('node:events')
const { deferred, rejection, until } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { httpServer, serve } = require('../support/servers')

const bench = serve('bench-server')

test('a call that waits in the queue is given up with the reason, and its turn goes to the next', async () => {
  const seen = []
  const { url } = await httpServer((request, reply) => {
    seen.push(request.url)
    if (request.url !== '/first') reply.end('x')
  })
  const pool = open({ maxSockets: 1 })
  const first = new AbortController()
  const second = new AbortController()
  const calls = [pool.fetch(`${url}/first`, { signal: first.signal }), pool.fetch(`${url}/second`, { signal: second.signal })].map(rejection)
  const third = pool.fetch(`${url}/third`)
  await until(() => seen.length === 1)
  second.abort(new RangeError('enough'))
  expect((await calls[1]).message).toBe('enough')
  first.abort()
  expect((await third).status).toBe(200)
  expect(seen).toEqual(['/first', '/third'])
})

test.each([
  ['a stream', (url, body) => [url, { body }]],
  ['a Request of a stream', (url, body) => [new Request(url, { method: 'POST', body, duplex: 'half' }), {}]]
])('%s is cancelled with the reason of a call that is aborted at once', async (_, call) => {
  const cancelled = deferred()
  const body = new ReadableStream({ cancel: cancelled.resolve })
  const abort = new AbortController()
  const [input, init] = call(bench.url('/sink'), body)
  const told = rejection(open().fetch(input, /** @type {any} */ ({ method: 'POST', duplex: 'half', ...init, signal: abort.signal })))
  const reason = new Error('enough')
  abort.abort(reason)
  expect([await told, await cancelled.promise]).toEqual([reason, reason])
})

test('a listener that stops the event keeps no call from being aborted', async () => {
  const { url } = await httpServer((_, reply) => { reply.writeHead(200).flushHeaders() })
  const abort = new AbortController()
  abort.signal.addEventListener('abort', event => event.stopImmediatePropagation())
  const response = await open().fetch(url, { signal: abort.signal })
  const read = response.text()
  const reason = new Error('enough')
  abort.abort(reason)
  expect(await rejection(read)).toBe(reason)
})

test('what has come of a clone is not handed out after the call was aborted', async () => {
  const { url } = await httpServer((_, reply) => {
    reply.write('one ')
    setImmediate(() => reply.end('two'))
  })
  const abort = new AbortController()
  const response = await open().fetch(url, { signal: abort.signal })
  const twin = response.clone()
  expect(await response.text()).toBe('one two')
  const reason = new Error('enough')
  abort.abort(reason)
  expect(await rejection(twin.text())).toBe(reason)
})

test('what has come of the half of a clone is not read after the call was aborted', async () => {
  const { url } = await httpServer((_, reply) => { reply.end('text') })
  const abort = new AbortController()
  const response = await open().fetch(`${url}/x`, { signal: abort.signal })
  const large = await open().fetch(bench.url('/bytes?n=3000000'), { signal: abort.signal })
  const twin = large.clone()
  await Promise.all([response.text(), large.arrayBuffer()])
  const reason = new Error('enough')
  abort.abort(reason)
  expect(await rejection(twin.body.getReader().read())).toBe(reason)
})

test('a signal that fires during an upload cancels the stream with its reason', async () => {
  const { url } = await httpServer(request => { request.resume() })
  const asked = deferred()
  const cancelled = deferred()
  const body = new ReadableStream({ pull: () => { asked.resolve(); return new Promise(() => {}) }, cancel: cancelled.resolve })
  const abort = new AbortController()
  const call = rejection(open().fetch(url, /** @type {any} */ ({ method: 'POST', body, duplex: 'half', signal: abort.signal })))
  await asked.promise
  const reason = new Error('enough')
  abort.abort(reason)
  expect([await call, await cancelled.promise]).toEqual([reason, reason])
})

test('a body that is aborted gives its connection up', async () => {
  const { url } = await httpServer((_, reply) => { reply.write('begun') })
  const pool = open()
  const abort = new AbortController()
  const response = await pool.fetch(url, { signal: abort.signal })
  abort.abort()
  await until(() => pool.getMetrics().agents.http.active === 0)
  expect((await rejection(response.text())).name).toBe('AbortError')
})

test.each([
  ['is read', async ({ fetch, url, signal }) => (await fetch(url, { signal })).text()],
  ['is cancelled', async ({ fetch, url, signal }) => (await fetch(url, { signal })).body.cancel()],
  ['is refused', async ({ fetch, signal }) => rejection(fetch('http://127.0.0.1:1/', { signal }))],
  ['is redirected', async ({ fetch, url, signal }) => (await fetch(`${url}/moved`, { signal })).text()],
  ['comes by a Request', async ({ fetch, url, signal }) => (await fetch(new URL(url), { signal, keepalive: true })).text()]
])('a call that %s leaves no listener on its signal', async (_, run) => {
  const { url } = await httpServer((request, reply) => {
    if (request.url === '/moved') reply.writeHead(302, { location: '/' }).end()
    else reply.end('x'.repeat(100_000))
  })
  const pool = open()
  const { signal } = new AbortController()
  await run({ fetch: pool.fetch.bind(pool), url, signal })
  await until(() => getEventListeners(signal, 'abort').length === 0)
})

test('one signal for 100,000 calls is left without a listener, and with no more than one meanwhile', async () => {
  const { code, stdout, stderr } = await runChild(`
    const { getEventListeners } = require('node:events')
    const pool = new ConnectionPoolManager({ maxSockets: 50, maxSocketsPerHost: 50 })
    const { signal } = new AbortController()
    let left = 100_000, most = 0
    await Promise.all(Array.from({ length: 50 }, async () => {
      while (left-- > 0) {
        await (await pool.fetch(url, { signal })).json()
        most = Math.max(most, getEventListeners(signal, 'abort').length)
      }
    }))
    console.log(most, getEventListeners(signal, 'abort').length)
    pool.destroy()`, { url: bench.url('/json') })
  expect([code, stdout, stderr]).toEqual([0, '1 0\n', ''])
}, 120_000)

test('1,000 calls in flight on one signal raise no warning, and all end with its reason', async () => {
  const { code, stdout, stderr } = await runChild(`
    const pool = new ConnectionPoolManager()
    const abort = new AbortController()
    const calls = Array.from({ length: 1000 }, () => pool.fetch(url, { signal: abort.signal }).catch(error => error))
    await new Promise(resolve => setTimeout(resolve, 50))
    abort.abort('enough')
    console.log(new Set(await Promise.all(calls)))
    pool.destroy()`, { url: bench.url('/delay?ms=60000') })
  expect([code, stdout, stderr]).toEqual([0, "Set(1) { 'enough' }\n", ''])
})

test.each(['never', 'begun'])('a Request that nobody else holds is given up by the signal that it follows, of a reply that has %s', async path => {
  const { url } = await httpServer((request, reply) => { if (request.url === '/begun') reply.write('x') })
  const { stdout } = await runChild(`
    const pool = new ConnectionPoolManager()
    const abort = new AbortController()
    const call = pool.fetch(new Request(url, { signal: abort.signal })).then(reply => reply.text()).catch(error => error.name)
    for (let i = 0; i < 5; i++) { await new Promise(resolve => { setTimeout(resolve, 20) }); gc() }
    abort.abort()
    console.log(await Promise.race([call, new Promise(resolve => { setTimeout(resolve, 5000, 'not given up') })]))
    process.exit()
  `, { url: `${url}/${path}`, flags: ['--expose-gc'] })
  expect(stdout.trim()).toBe('AbortError')
})
