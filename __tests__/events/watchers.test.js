'use strict'

// What who watches undici's channels makes of a request's headers.

const { rejection } = require('../support/awaiting')
const { channelsOf, told, watch } = require('../support/channels')
const { open } = require('../support/pools')
const { httpServer } = require('../support/servers')

/** A server that answers with the headers that came. */
const mirror = () => httpServer((request, reply) => { reply.end(JSON.stringify(request.headersDistinct)) })

/** @param {(request: any) => void} change */
const changing = change => watch('undici:request:create', ({ request }) => change(request))

const WAYS = [
  ['request', async (pool, url, init) => (await pool.request(url, init)).body.json()],
  ['fetch', async (pool, url, init) => (await pool.fetch(url, init)).json()]
]

describe.each(WAYS)('of %s', (_, ask) => {
  test.each([
    ['adds', request => request.addHeader('baggage', 'b=2'), { baggage: ['a=1', 'b=2'] }],
    ['adds with several values', request => request.addHeader('X-More', ['1', '2']), { 'x-more': ['1', '2'] }],
    ['pushes', ({ headers }) => headers.push('X-Pushed', '1'), { baggage: ['a=1'], 'x-pushed': ['1'] }],
    ['merges in place', ({ headers }) => { headers[headers.indexOf('baggage') + 1] += ',b=2' }, { baggage: ['a=1,b=2'] }],
    ['takes away', ({ headers }) => { headers.splice(headers.indexOf('baggage'), 2) }, { baggage: undefined }],
    ['puts in place of all', request => { request.headers = ['x-only', '1'] }, { 'x-only': ['1'], baggage: undefined }]
  ])('a header that a watcher %s is sent so', async (_, change, expected) => {
    const { url } = await mirror()
    changing(change)
    const pool = open()
    const got = await ask(pool, url, { headers: { baggage: 'a=1' } })
    expect(Object.fromEntries(Object.keys(expected).map(name => [name, got[name]]))).toEqual(expected)
  })

  test.each([
    ['a line break in a value', ({ headers }) => headers.push('x-a', 'b\r\nx-c: d'), 'ERR_INVALID_CHAR'],
    ['a name that is none', ({ headers }) => headers.push('x a', 'b'), 'ERR_INVALID_HTTP_TOKEN'],
    ['a name without a value', ({ headers }) => headers.push('x-a'), 'ERR_INVALID_ARG_VALUE'],
    ['framing', ({ headers }) => headers.push('transfer-encoding', 'chunked'), 'ERR_INVALID_ARG_VALUE'],
    ['a length', ({ headers }) => headers.push('content-length', '5'), 'ERR_INVALID_ARG_VALUE'],
    ['a text in place of the list', request => { request.headers += 'x-a: b\r\n' }, 'ERR_INVALID_ARG_TYPE']
  ])('%s that a watcher leaves fails the call, and nothing is sent', async (_, change, code) => {
    const { url } = await mirror()
    const all = told()
    changing(change)
    const pool = open()
    const error = await rejection(ask(pool, url))
    expect(error.cause ?? error).toMatchObject({ code })
    expect(channelsOf(all)).toEqual(['request:create', 'request:error'])
    expect(pool.getMetrics().connectionsCreated).toBe(0)
  })
})

test('a second host that a watcher pushes is refused, and the first is kept by what he changes', async () => {
  const { url } = await mirror()
  const leave = changing(({ headers }) => headers.push('x-a', 'b'))
  const pool = open()
  expect(await WAYS[0][1](pool, url, { headers: { host: 'a.test' } })).toMatchObject({ host: ['a.test'], 'x-a': ['b'] })
  leave()
  changing(({ headers }) => headers.push('host', 'b.test'))
  expect(await rejection(pool.request(url, { headers: { host: 'a.test' } }))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
})

test.each([
  ['a line break', 'x-a', 'b\nc', 'ERR_INVALID_CHAR'],
  ['framing', 'Transfer-Encoding', 'chunked', 'ERR_INVALID_ARG_VALUE'],
  ['a length', 'Content-Length', '5', 'ERR_INVALID_ARG_VALUE']
])('addHeader throws for %s, and the request goes on without', async (_, name, value, code) => {
  const { url } = await mirror()
  /** @type {any} */
  let thrown
  changing(request => { try { request.addHeader(name, value) } catch (error) { thrown = error } })
  expect(await WAYS[0][1](open(), url)).not.toHaveProperty(name.toLowerCase())
  expect(thrown).toMatchObject({ code })
})

test('an interceptor is shown what a watcher has made of the headers', async () => {
  changing(({ headers }) => headers.push('x-pushed', '1'))
  const pool = open()
  pool.intercept(({ headers }) => ({ status: 200, body: JSON.stringify(headers) }))
  expect(await (await pool.request('http://a.test/')).body.json()).toEqual({ 'x-pushed': '1' })
})

test('a header that comes when the request is on its way is refused by addHeader', async () => {
  const { url } = await mirror()
  /** @type {any} */
  let request
  changing(one => { request = one })
  await WAYS[0][1](open(), url)
  expect(() => request.addHeader('x-a', 'b')).toThrow(expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }))
})
