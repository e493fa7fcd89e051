'use strict'

const zlib = require('node:zlib')
const { createPooledFetch, getGlobalPool, resetGlobalPool } = require('../..')
const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { bodyOf, closedPort, httpServer } = require('../support/servers')

afterEach(resetGlobalPool)

/** A server that tells what it got. */
function echo () {
  return httpServer(async (request, reply) => {
    const body = String(await bodyOf(request))
    reply.setHeader('content-type', 'application/json').end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }))
  })
}

async function seen (input, init) {
  return (await createPooledFetch(open())(input, init)).json()
}

describe('the request', () => {
  test.each([
    ['text', url => url],
    ['a URL', url => new URL(url)],
    ['a Request', url => new Request(url)]
  ])('goes where %s says', async (_, input) => {
    const { url } = await echo()
    expect(await seen(input(`${url}/a?b=c#d`))).toMatchObject({ method: 'GET', url: '/a?b=c', body: '' })
  })

  test('has the headers that the platform sends unasked, and those that are given', async () => {
    const { url } = await echo()
    const { headers } = await seen(url, { headers: { Accept: 'text/x', 'X-Own': '1' } })
    expect(headers).toMatchObject({ accept: 'text/x', 'x-own': '1', 'accept-encoding': 'gzip, deflate', 'user-agent': 'node' })
  })

  test.each([
    ['a string', 'ä', 'ä', 'text/plain;charset=UTF-8'],
    ['bytes', Buffer.from('bytes'), 'bytes', undefined],
    ['URLSearchParams', new URLSearchParams({ a: 'b' }), 'a=b', 'application/x-www-form-urlencoded;charset=UTF-8'],
    ['a Blob', new Blob(['blob'], { type: 'text/x' }), 'blob', 'text/x'],
    ['a ReadableStream', new Blob(['stream']).stream(), 'stream', undefined]
  ])('has %s as its body', async (_, body, text, type) => {
    const { url } = await echo()
    const { method, body: got, headers } = await seen(url, { method: 'POST', body, duplex: 'half' })
    expect([method, got, headers['content-type']]).toEqual(['POST', text, type])
  })

  test('takes method, headers and body from a Request, and init over them', async () => {
    const { url } = await echo()
    const request = new Request(url, { method: 'PUT', headers: { 'x-own': '1' }, body: 'body' })
    expect(await seen(request, { headers: { 'x-own': '2' } })).toMatchObject({ method: 'PUT', body: 'body', headers: { 'x-own': '2' } })
  })
})

describe('the response', () => {
  test("is the platform's own", async () => {
    const { url } = await httpServer((request, reply) => { reply.writeHead(201, { 'set-cookie': ['a=1', 'b=2'] }).end('text') })
    const response = await createPooledFetch(open())(`${url}/a#b`)
    expect(response).toBeInstanceOf(Response)
    expect(response).toMatchObject({ ok: true, status: 201, statusText: 'Created', url: `${url}/a`, redirected: false })
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await response.clone().text()).toBe('text')
    expect(await response.text()).toBe('text')
  })

  test('has chunks as they arrive', async () => {
    const going = []
    const { url } = await httpServer((request, reply) => { reply.write('one'); going.push(() => reply.end('two')) })
    const { body } = await createPooledFetch(open())(url)
    const chunks = []
    for await (const chunk of body) {
      expect(Object.prototype.toString.call(chunk)).toBe('[object Uint8Array]')
      chunks.push(new TextDecoder().decode(chunk))
      going.splice(0).forEach(go => go())
    }
    expect(chunks).toEqual(['one', 'two'])
  })

  test('is decoded', async () => {
    const { url } = await httpServer((request, reply) => { reply.writeHead(200, { 'content-encoding': 'br' }).end(zlib.brotliCompressSync('plain')) })
    expect(await (await createPooledFetch(open())(url)).text()).toBe('plain')
  })

  test.each([204, 304])('of status %d has no body and leaves its connection', async status => {
    const ports = new Set()
    const { url } = await httpServer((request, reply) => { ports.add(request.socket.remotePort); reply.writeHead(status).end() })
    const fetch = createPooledFetch(open())
    for (let i = 0; i < 2; i++) expect(await fetch(url)).toMatchObject({ status, body: null })
    expect(ports.size).toBe(1)
  })

  test('that is cancelled gives its connection up', async () => {
    const { url } = await httpServer((request, reply) => { reply.write('one') })
    const pool = open()
    const { body } = await createPooledFetch(pool)(url)
    const reader = body.getReader()
    await reader.read()
    await reader.cancel()
    await until(() => pool.getMetrics().agents.http.active === 0)
  })
})

describe('redirects', () => {
  function moved () {
    return httpServer((request, reply) => {
      if (request.url === '/moved') reply.writeHead(302, { location: '/there' }).end()
      else reply.end('there')
    })
  }

  test('are followed', async () => {
    const { url } = await moved()
    const response = await createPooledFetch(open())(`${url}/moved`)
    expect([response.url, response.redirected, await response.text()]).toEqual([`${url}/there`, true, 'there'])
  })

  test("are given as they are with 'manual'", async () => {
    const { url } = await moved()
    expect(await createPooledFetch(open())(`${url}/moved`, { redirect: 'manual' })).toMatchObject({ status: 302 })
  })

  test("are an error with 'error'", async () => {
    const { url } = await moved()
    expect(await rejection(createPooledFetch(open())(`${url}/moved`, { redirect: 'error' }))).toMatchObject({ message: 'fetch failed' })
  })
})

describe('a failure', () => {
  test("is a TypeError with the pool's error as its cause", async () => {
    const error = await rejection(createPooledFetch(open())(`http://127.0.0.1:${await closedPort()}`))
    expect(error).toMatchObject({ name: 'TypeError', message: 'fetch failed', cause: { name: 'PoolError', code: 'ECONNREFUSED' } })
  })

  test("is the signal's own reason when it fires", async () => {
    const { url } = await httpServer(() => {})
    const abort = new AbortController()
    const reason = new Error('enough')
    const call = rejection(createPooledFetch(open())(url, { signal: abort.signal }))
    abort.abort(reason)
    expect(await call).toBe(reason)
  })

  test("of a body is the signal's own reason too", async () => {
    const { url } = await httpServer((request, reply) => { reply.write('one') })
    const abort = new AbortController()
    const reason = new Error('enough')
    const response = await createPooledFetch(open())(url, { signal: abort.signal })
    const text = rejection(response.text())
    abort.abort(reason)
    expect(await text).toBe(reason)
  })

  test.each([['nowhere', {}], ['http://127.0.0.1:1', { redirect: 'up' }]])('of an argument is what the platform says of it: %s', async (url, init) => {
    const { message } = await rejection(fetch(url, /** @type {any} */ (init)))
    expect(await rejection(createPooledFetch(open())(url, /** @type {any} */ (init)))).toMatchObject({ name: 'TypeError', message })
  })
})

test('without a pool the global one serves', async () => {
  const { url } = await echo()
  await (await createPooledFetch()(url)).text()
  expect(getGlobalPool().getMetrics().totalRequests).toBe(1)
})
