'use strict'

const { until, settled } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { httpServer, serve } = require('../support/servers')

const bench = serve('bench-server')

/** A reply of server-sent events, which the test sends one by one. */
async function events () {
  /** @type {import('node:http').ServerResponse[]} */
  const replies = []
  const { url } = await httpServer((_, reply) => {
    reply.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    replies.push(reply)
  })
  return { url, replies }
}

test('a server-sent event is handed out when it comes, not with the next', async () => {
  const { url, replies } = await events()
  const reader = (await open().fetch(url)).body.getReader()
  for (const text of ['data: one\n\n', 'data: two\n\n', 'data: three\n\n']) {
    replies[0].write(text)
    const { value } = await reader.read()
    expect(String(Buffer.from(value))).toBe(text)
  }
  replies[0].end()
  expect(await reader.read()).toEqual({ done: true, value: undefined })
})

test('what the stream hands out has a store of its own, and may be transferred', async () => {
  const { url, replies } = await events()
  const reader = (await open().fetch(url)).body.getReader()
  for (const text of ['data: one\n\n', 'data: two\n\n']) {
    replies[0].write(text)
    const { value } = await reader.read()
    expect(value.buffer.byteLength).toBe(value.byteLength)
    const moved = structuredClone(value, { transfer: [value.buffer] })
    expect([String(Buffer.from(moved)), value.byteLength]).toEqual([text, 0])
  }
  replies[0].end()
})

test('a chunk of one half of a clone may be transferred', async () => {
  const { url, replies } = await events()
  const response = await open().fetch(url)
  const twin = response.clone()
  replies[0].end('data: one\n\n')
  const { value } = await response.body.getReader().read()
  structuredClone(value, { transfer: [value.buffer] })
  expect(await twin.text()).toBe('data: one\n\n')
})

test('an event stream that is given up while it goes on ends before a reply of which the rest is known to be small', async () => {
  const closed = []
  const { url } = await httpServer((request, reply) => {
    reply.on('close', () => closed.push(request.url))
    reply.writeHead(200, request.url === '/events' ? { 'content-type': 'text/event-stream' } : { 'content-length': 10 }).write('data')
  })
  const pool = open()
  for (const path of ['/small', '/events']) await (await pool.fetch(url + path)).body.cancel()
  await until(() => closed.length === 2)
  expect(closed).toEqual(['/events', '/small'])
})

test('the response is there with the head, before any event', async () => {
  const { url, replies } = await events()
  const pool = open()
  const response = await pool.fetch(url)
  expect([response.status, response.bodyUsed]).toEqual([200, false])
  replies[0].end()
  expect(await response.text()).toBe('')
})

test('the time to the first event is measured', async () => {
  const { url, replies } = await events()
  const pool = open()
  const response = await pool.fetch(url)
  expect(pool.getMetrics().origins[url].phases.firstEvent).toBeUndefined()
  replies[0].end('data: one\n\n')
  await response.text()
  await until(() => pool.getMetrics().origins[url].phases.firstEvent?.count === 1)
})

test('a reply that is no stream of events has no first event', async () => {
  const { url } = await httpServer((_, reply) => { reply.end('x') })
  const pool = open()
  await (await pool.fetch(url)).text()
  await until(() => pool.getMetrics().origins[url].phases.total?.count === 1)
  expect(pool.getMetrics().origins[url].phases.firstEvent).toBeUndefined()
})

test('a reader that stops reading stops the server', async () => {
  let written = 0
  const { url } = await httpServer((_, reply) => {
    const more = () => {
      while (!reply.destroyed) {
        written += 65_536
        if (!reply.write(Buffer.alloc(65_536))) return reply.once('drain', more)
      }
    }
    more()
  })
  const reader = (await open().fetch(url)).body.getReader()
  await reader.read()
  const turn = () => new Promise(resolve => setTimeout(resolve, 2))
  await settled(() => written, turn)
  const before = written
  for (let read = 0; read < before; read += (await reader.read()).value.length);
  await until(() => written > before)
  await reader.cancel()
})

test('a stream that is left in the middle gives its connection up', async () => {
  const { url, replies } = await events()
  const pool = open()
  const { body } = await pool.fetch(url)
  replies[0].write('data: one\n\n')
  for await (const chunk of body) if (chunk.length > 0) break
  await until(() => pool.getMetrics().agents.http.active === 0)
})

test('a stream that is left at its end leaves its connection to the next', async () => {
  const { url, replies } = await events()
  const pool = open()
  const { body } = await pool.fetch(url)
  replies[0].write('data: [DONE]\n\n')
  for await (const chunk of body) if (chunk.length > 0) break
  replies[0].end()
  await until(() => pool.getMetrics().agents.http.active === 0)
  const next = pool.fetch(url)
  await until(() => replies.length === 2)
  replies[1].end()
  await next
  expect(pool.getMetrics().connectionsCreated).toBe(1)
})

test.each([
  ['that nobody reads', 'await pool.fetch(url)'],
  ['whose stream was touched', '(await pool.fetch(url)).body'],
  ['that was read from', 'await (await pool.fetch(url)).body.getReader().read()'],
  ['that was cloned', '(await pool.fetch(url)).clone()']
])('a response %s and nobody holds is collected and frees its connection', async (_, leave) => {
  const { code, stdout, stderr } = await runChild(`
    const pool = new ConnectionPoolManager({ maxSockets: 1 })
    const leave = async () => { ${leave} }
    await leave()
    const collecting = setInterval(gc, 5)
    const { status } = await pool.fetch(new URL('/json', url))
    clearInterval(collecting)
    console.log(status)
    pool.destroy()`, { url: bench.url('/bytes?n=50000000'), flags: ['--expose-gc'] })
  expect([code, stdout, stderr]).toEqual([0, '200\n', ''])
})

test('a body that is being read is not collected under its reader', async () => {
  const { stdout } = await runChild(`
    const pool = new ConnectionPoolManager()
    const read = async () => { let n = 0; for await (const chunk of (await pool.fetch(url)).body) n += chunk.length; return n }
    const collecting = setInterval(gc, 2)
    console.log((await Promise.all(Array.from({ length: 5 }, read))).join())
    clearInterval(collecting)
    pool.destroy()`, { url: bench.url('/drip?n=100&every=1'), flags: ['--expose-gc'] })
  expect(stdout).toBe('100,100,100,100,100\n')
})
