'use strict'

// A body that nobody gets to read: its request is refused or answered before it is on its way. What a source tells of itself then reaches
// no caller and ends the process, so that each case has one of its own.

const { INSIDE } = require('../../lib/inside')
const { rejection } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')

/** What becomes of a request with the body `bad`, a file that is not there, and its outcome. */
const CASES = {
  'a signal that has fired': ['pool.request(url, { method: "POST", body: bad, signal: AbortSignal.abort() })', 'AbortError'],
  'a pool that is destroyed': ['(pool.destroy(), pool.request(url, { method: "POST", body: bad }))', 'ERR_POOL_DESTROYED'],
  'a pool that is being drained': ['(pool.drain(), pool.request(url, { method: "POST", body: bad }))', 'ERR_POOL_DRAINING'],
  'a method that is none': ['pool.request(url, { method: "BAD METHOD", body: bad })', 'ERR_INVALID_HTTP_TOKEN'],
  'a length that is none': ['pool.request(url, { method: "POST", body: bad, headers: { "content-length": "abc" } })', 'ERR_INVALID_ARG_VALUE'],
  'a head that is too long': ['pool.request(url, { method: "POST", body: bad, headers: { x: "x".repeat(300000) } })', 'ERR_OUT_OF_RANGE'],
  'an interceptor that takes its time': ['(pool.intercept(() => later(50)), pool.request(url, { method: "POST", body: bad }))', 'ENOENT'],
  'an interceptor that answers': ['(pool.intercept(() => ({ status: 200, body: "m" })), pool.request(url, { method: "POST", body: bad }))', '200'],
  'an interceptor, and a signal that fires meanwhile': ['(pool.intercept(() => later(50)), pool.request(url, { method: "POST", body: bad, signal: AbortSignal.timeout(1) }))', 'TimeoutError|ENOENT']
}
/** Of an answer with the body `bad`. */
const ANSWERS = {
  'a HEAD': ['(pool.intercept(() => ({ status: 200, body: bad })), pool.request(url, { method: "HEAD" }))', '200'],
  'a status without a body': ['(pool.intercept(() => ({ status: 204, body: bad })), pool.fetch(url))', '204'],
  'a redirect that is followed': [`(pool.intercept(({ url }) => url.endsWith("/to") ? { status: 200, body: "there" } : { status: 302, headers: { location: "/to" }, body: bad }),
    pool.fetch(url))`, '200'],
  'a status that is none': ['(pool.intercept(() => ({ status: 99, body: bad })), pool.request(url))', 'ERR_INVALID_RETURN_VALUE']
}

const SCRIPT = call => `
  const later = ms => new Promise(resolve => setTimeout(resolve, ms))
  const url = 'http://a.test/'
  const pool = new ConnectionPoolManager()
  const bad = require('node:fs').createReadStream('/there/is/no/such/file')
  const outcome = await ${call}.then(reply => reply.statusCode ?? reply.status, error => error.code === undefined || typeof error.code === 'number' ? error.name : error.code)
  if (!bad.closed) await new Promise(resolve => bad.once('close', resolve))
  console.log(outcome)
  process.exit()
`

test.each(Object.keys(CASES))('a body for %s harms nobody, and is destroyed', async name => {
  const [call, outcome] = CASES[name]
  const { code, stdout, stderr } = await runChild(SCRIPT(call))
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: expect.stringMatching(`^(${outcome})\n$`), stderr: '' })
})

test.each(Object.keys(ANSWERS))('the body of an answer to %s harms nobody, and is destroyed', async name => {
  const [call, outcome] = ANSWERS[name]
  const { code, stdout, stderr } = await runChild(SCRIPT(call))
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${outcome}\n`, stderr: '' })
})

test('a request whose stream is locked leaves nothing behind', async () => {
  const pool = open()
  const { ring } = pool[INSIDE]
  const locked = new ReadableStream()
  locked.getReader()
  const before = ring.handles.size
  for (let i = 0; i < 10; i++) expect(await rejection(pool.request('http://127.0.0.1:1/', { method: 'POST', body: locked }))).toMatchObject({ name: 'TypeError' })
  expect(ring.handles.size).toBe(before)
  pool.destroy()
})
