'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { rejection, until } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { serve } = require('../support/servers')

const server = serve('bench-server')
const faulty = serve('fault-server')

const post = (/** @type {any} */ body, /** @type {any} */ options) =>
  open().request(server.url('/sink'), { method: 'POST', body, ...options })

test('a generator that gives up its own request while it runs still sees it rejected', async () => {
  const control = new AbortController()
  function * source () {
    yield 'a'
    control.abort()
    yield 'b'
  }
  expect(await rejection(post(source(), { signal: control.signal }))).toBe(control.signal.reason)
})

test('a source that throws when it is told to stop does not swallow the failure of its request', async () => {
  const source = {
    [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return () { throw new Error('not now') } })
  }
  expect(await rejection(post(source, { requestTimeout: 50 }))).toMatchObject({ code: 'ERR_POOL_REQUEST_TIMEOUT' })
})

test('a source that throws when it is told to stop does not swallow an early reply', async () => {
  const source = {
    asked: 0,
    [Symbol.asyncIterator] () { return this },
    next () { return this.asked++ === 0 ? Promise.resolve({ done: false, value: 'x' }) : new Promise(() => {}) },
    return () { throw new Error('not now') }
  }
  const { statusCode, body } = await open().request(faulty.url('/early-reply'), { method: 'POST', body: source })
  await body.dump()
  expect(statusCode).toBeGreaterThanOrEqual(200)
})

test('every request of an aborted signal is told, although the source of one throws', async () => {
  const control = new AbortController()
  const source = () => ({ [Symbol.iterator]: () => ({ next: () => ({ done: false, value: Buffer.alloc(65536) }), return () { throw new Error('not now') } }) })
  const requests = [1, 2, 3].map(() => rejection(post(source(), { signal: control.signal })))
  await until(async () => (await server.stats()).connections.open >= 3)
  control.abort()
  expect(await Promise.all(requests)).toEqual([1, 2, 3].map(() => control.signal.reason))
})

test('a request given up before its Readable was read harms the process in nothing', async () => {
  const { code, stdout, stderr } = await runChild(`
    const { Readable } = require('node:stream')
    const control = new AbortController()
    const asked = new ConnectionPoolManager().request(url, { method: 'POST', body: new Readable({ read () {} }), signal: control.signal })
    control.abort()
    await asked.catch(error => console.log(error.name))`, { url: server.url('/sink') })
  expect([code, stdout, stderr]).toEqual([0, 'AbortError\n', ''])
})

test('a Readable that fails before it was read fails its request and nothing else', async () => {
  const { code, stdout, stderr } = await runChild(`
    const { Readable } = require('node:stream')
    const body = new Readable({ read () {} })
    const asked = new ConnectionPoolManager().request(url, { method: 'POST', body })
    body.destroy(new Error('the source broke'))
    await asked.catch(error => console.log(error.message))`, { url: server.url('/sink') })
  expect([code, stdout, stderr]).toEqual([0, 'the source broke\n', ''])
})

test('a ReadableStream that was never read is cancelled with its request', async () => {
  const control = new AbortController()
  /** @type {unknown} */ let cancelled
  const body = new ReadableStream({ cancel (reason) { cancelled = reason } }, { highWaterMark: 0 })
  const asked = rejection(post(body, { signal: control.signal }))
  control.abort()
  await asked
  await until(() => cancelled)
  expect(cancelled).toBe(control.signal.reason)
})

test('a file that cannot be opened fails its request with the reason', async () => {
  const body = fs.createReadStream(path.join(__dirname, 'no such file'))
  expect(await rejection(post(body))).toMatchObject({ code: 'ENOENT' })
})
