'use strict'

const { createPooledHttpClient } = require('../..')
const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { bodyOf, httpServer } = require('../support/servers')

/** A client before a server that tells what it got. */
async function echo (options, pool = open()) {
  const { url } = await httpServer(async (request, reply) => {
    const body = await bodyOf(request)
    reply.setHeader('content-type', 'application/json').end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body: body.toString('latin1') }))
  })
  return createPooledHttpClient({ baseURL: url, ...options }, pool)
}

/**
 * A client before a server that answers nothing unless a listener does, and how many requests came there.
 * @param {any} [options]
 * @param {(request: import('node:http').IncomingMessage, reply: import('node:http').ServerResponse) => void | Promise<void>} [listener]
 */
async function before (options, listener = () => {}) {
  const seen = { requests: 0 }
  const { url } = await httpServer((request, reply) => { seen.requests++; void listener(request, reply) })
  const pool = open()
  return { seen, pool, client: createPooledHttpClient({ baseURL: url, ...options }, pool) }
}

describe('query is another name of params', () => {
  test('of a call', async () => {
    expect((await (await echo()).get('/a?b=1', { query: { c: [2, 3] } })).data.url).toBe('/a?b=1&c=2&c=3')
  })

  test('of a client, under the params of a call', async () => {
    const client = await echo({ query: { key: 'k', page: 1 } })
    expect((await client.get('/', { params: { page: 2 } })).data.url).toBe('/?key=k&page=2')
  })
})

describe('a body can be', () => {
  test.each([
    ['an async iterable', () => (async function * () { yield 'a'; yield Buffer.from('b') })(), 'ab'],
    ['an iterator', () => ['a', 'b'].values(), 'ab'],
    ['a web stream', () => new Blob(['web']).stream(), 'web'],
    ['a DataView', () => new DataView(new TextEncoder().encode('-view-').buffer, 1, 4), 'view'],
    ['a File', () => new File(['file'], 'f.txt'), 'file'],
    ['an array, as JSON', () => [1, null], '[1,null]'],
    ['a boolean, as JSON', () => false, 'false'],
    ['a Date, as JSON', () => new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['an iterable', () => ({ * [Symbol.iterator] () { yield 'a'; yield Buffer.from('b') } }), 'ab'],
    ['an iterable that says itself how it is JSON', () => ({ * [Symbol.iterator] () { yield 'a' }, toJSON: () => ['a'] }), '["a"]'],
    ['what says itself how it is JSON', () => ({ toJSON: () => ({ a: 1 }) }), '{"a":1}'],
    ['an empty string', () => '', ''],
    ['null, which is none', () => null, '']
  ])('%s', async (_, data, expected) => {
    expect((await (await echo()).post('/', data())).data).toMatchObject({ method: 'POST', body: expected })
  })

  test('sent again by a client that was asked twice', async () => {
    const client = await echo()
    const data = { a: 1 }
    expect([(await client.post('/', data)).data.body, (await client.post('/', data)).data.body]).toEqual(['{"a":1}', '{"a":1}'])
  })
})

describe('headers can be', () => {
  test.each([
    ['a list of pairs', () => [['X-A', '1'], ['x-b', 2]]],
    ['Headers', () => new Headers({ 'X-A': '1', 'x-b': '2' })],
    ['a Map', () => new Map([['X-A', '1'], ['x-b', '2']])],
    ['what iterates over pairs', () => ({ * [Symbol.iterator] () { yield ['X-A', '1']; yield ['x-b', '2'] } })]
  ])('%s, of a call and of a client', async (_, headers) => {
    const expected = { headers: { 'x-a': '1', 'x-b': '2' } }
    expect((await (await echo()).get('/', { headers: headers() })).data).toMatchObject(expected)
    expect((await (await echo({ headers: headers() })).get('/')).data).toMatchObject(expected)
  })

  test('a list that has a name twice, whose values go out both', async () => {
    expect((await (await echo({ headers: { 'x-a': '0' } })).get('/', { headers: [['x-a', '1'], ['X-A', '2']] })).data.headers['x-a']).toBe('1, 2')
  })

  test("a list whose null takes one of the client's away", async () => {
    expect((await (await echo()).get('/', { headers: [['accept', null]] })).data.headers).not.toHaveProperty('accept')
  })
})

test.each(['HEAD', 'OPTIONS', 'PATCH'])('request takes the method %s', async method => {
  const { client, seen } = await before({}, (request, reply) => { reply.setHeader('x-method', request.method).end() })
  const { headers } = await client.request({ url: '/', method })
  expect([headers.get('x-method'), seen.requests]).toEqual([method, 1])
})

describe('a reply', () => {
  test('of status 204 has no data', async () => {
    const { client } = await before({}, (request, reply) => { reply.writeHead(204).end() })
    expect(await client.delete('/')).toMatchObject({ ok: true, status: 204, data: '' })
  })

  test('of status 304 is not ok and resolves', async () => {
    const { client } = await before({ throwOnError: true }, (request, reply) => { reply.writeHead(304).end() })
    expect(await client.get('/')).toMatchObject({ ok: false, status: 304 })
  })

  test('that is no JSON rejects where JSON is asked for', async () => {
    const { client } = await before({}, (request, reply) => { reply.end('<html>') })
    expect(await rejection((await client.get('/')).json())).toMatchObject({ name: 'SyntaxError' })
  })

  test('gives an ArrayBuffer that is nobody else’s', async () => {
    const { client } = await before({}, (request, reply) => { reply.setHeader('content-type', 'image/png').end('abc') })
    const reply = await client.get('/')
    new Uint8Array(await reply.arrayBuffer()).fill(0)
    expect(await reply.text()).toBe('abc')
  })

  test('that breaks off is an error', async () => {
    const { client } = await before({}, (request, reply) => { reply.writeHead(200, { 'content-length': 10 }).write('abc', () => request.socket.destroy()) })
    expect(await rejection(client.get('/'))).toMatchObject({ name: 'PoolError', phase: 'body' })
  })

  test('as a stream is refused by throwOnError with what came of it', async () => {
    const { client } = await before({ throwOnError: true }, (request, reply) => { reply.writeHead(500).end('why') })
    const { response } = await rejection(client.get('/', { responseType: 'stream' }))
    expect(await response.text()).toBe('why')
  })
})

describe('a signal', () => {
  test('ends a call that waits for its reply and gives the connection back', async () => {
    const { client, seen, pool } = await before()
    const abort = new AbortController()
    const call = rejection(client.get('/', { signal: abort.signal }))
    await until(() => seen.requests === 1)
    abort.abort()
    expect(await call).toMatchObject({ name: 'AbortError' })
    await until(() => pool.getMetrics().agents.http.active === 0)
  })

  test('ends a body that is being read', async () => {
    const { client, seen } = await before({}, (request, reply) => { reply.write('begun') })
    const abort = new AbortController()
    const call = rejection(client.get('/', { signal: abort.signal }))
    await until(() => seen.requests === 1)
    abort.abort(new Error('enough'))
    expect(await call).toMatchObject({ message: 'enough' })
  })

  test('ends a call between two redirects', async () => {
    const abort = new AbortController()
    const { client, seen } = await before({ signal: abort.signal }, (request, reply) => {
      if (request.url === '/') reply.writeHead(302, { location: '/next' }).end()
      else abort.abort()
    })
    expect(await rejection(client.get('/'))).toMatchObject({ name: 'AbortError' })
    expect(seen.requests).toBe(2)
  })
})

describe('a limit', () => {
  test('of a phase ends the call with its own code', async () => {
    const { client } = await before({ headersTimeout: 30 })
    expect(await rejection(client.get('/'))).toMatchObject({ code: 'ERR_POOL_HEADERS_TIMEOUT' })
  })

  test('of a call stands over that of its client', async () => {
    const { client } = await before({ headersTimeout: 60_000 })
    expect(await rejection(client.get('/', { headersTimeout: 30 }))).toMatchObject({ code: 'ERR_POOL_HEADERS_TIMEOUT' })
  })

  test('called timeout holds for all redirects together', async () => {
    const { client } = await before({ timeout: 200, maxRedirects: 1000 }, async (request, reply) => {
      const since = performance.now()
      await until(() => performance.now() - since > 50)
      reply.writeHead(302, { location: '/' }).end()
    })
    expect(await rejection(client.get('/'))).toMatchObject({ code: 'ERR_POOL_REQUEST_TIMEOUT' })
  })
})

test('calls one after the other take one connection', async () => {
  const ports = new Set()
  const { client } = await before({}, (request, reply) => { ports.add(request.socket.remotePort); reply.end() })
  for (let i = 0; i < 5; i++) await client.get('/')
  expect(ports.size).toBe(1)
})
