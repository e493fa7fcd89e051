'use strict'

const { Readable } = require('node:stream')
const zlib = require('node:zlib')
const { createPooledHttpClient, getGlobalPool, resetGlobalPool } = require('../..')
const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')
const { bodyOf, httpServer } = require('../support/servers')

afterEach(resetGlobalPool)

/** A server that tells what it got, and a client for it. */
async function echo (options) {
  const { url } = await httpServer(async (request, reply) => {
    const body = await bodyOf(request)
    reply.setHeader('content-type', 'application/json').end(JSON.stringify({
      method: request.method, url: request.url, headers: request.headers, body: body.toString()
    }))
  })
  return createPooledHttpClient({ baseURL: url, ...options }, open())
}

/** A client for a server that always answers the same. */
async function answering (status, headers, body, options) {
  const { url } = await httpServer((request, reply) => { reply.writeHead(status, headers).end(body) })
  return createPooledHttpClient({ baseURL: url, ...options }, open())
}

describe('what goes out', () => {
  test.each(['get', 'delete'])('%s(url, config) has no body', async name => {
    const client = await echo()
    const { data } = await client[name]('/thing')
    expect(data).toMatchObject({ method: name.toUpperCase(), url: '/thing', body: '' })
    expect(data.headers).not.toHaveProperty('content-type')
  })

  test.each(['post', 'put', 'patch'])('%s(url, data, config) sends an object as JSON', async name => {
    const client = await echo()
    const { data } = await client[name]('/thing', { a: 1 })
    expect(data).toMatchObject({ method: name.toUpperCase(), body: '{"a":1}' })
    expect(data.headers).toMatchObject({ 'content-type': 'application/json', 'content-length': '7' })
  })

  test('delete sends the data of its config', async () => {
    const { data } = await (await echo()).delete('/thing', { data: { id: 1 } })
    expect(data).toMatchObject({ method: 'DELETE', body: '{"id":1}' })
  })

  test('request(config) takes url, method, headers and data', async () => {
    const client = await echo()
    const { data } = await client.request({ url: '/x', method: 'PUT', headers: { 'X-Own': 'yes' }, data: [1] })
    expect(data).toMatchObject({ method: 'PUT', url: '/x', body: '[1]', headers: { 'x-own': 'yes' } })
  })

  test.each([
    ['a string', 'plain', 'plain', 'text/plain;charset=UTF-8'],
    ['bytes', Buffer.from('bytes'), 'bytes', undefined],
    ['an ArrayBuffer', new TextEncoder().encode('buffer').buffer, 'buffer', undefined],
    ['URLSearchParams', new URLSearchParams({ a: 'b c' }), 'a=b+c', 'application/x-www-form-urlencoded;charset=UTF-8'],
    ['a Blob', new Blob(['blob'], { type: 'image/png' }), 'blob', 'image/png'],
    ['a number', 7, '7', 'application/json'],
    ['false', false, 'false', 'application/json']
  ])('%s goes out as it is', async (_, data, body, type) => {
    const { data: seen } = await (await echo()).post('/', data)
    expect([seen.body, seen.headers['content-type']]).toEqual([body, type])
  })

  test('a stream goes out in chunks', async () => {
    const { data } = await (await echo()).post('/', Readable.from(['one ', 'two']))
    expect(data.body).toBe('one two')
    expect(data.headers['transfer-encoding']).toBe('chunked')
  })

  test('FormData goes out with its boundary', async () => {
    const form = new FormData()
    form.set('file', new Blob(['content']), 'name.txt')
    const { data } = await (await echo()).post('/', form)
    expect(data.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    expect(data.body).toContain('filename="name.txt"')
  })

  test('a content type of a form makes one of an object', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const { data } = await (await echo()).post('/', { a: 'b c', list: [1, 2], none: undefined }, { headers })
    expect(data).toMatchObject({ body: 'a=b+c&list=1&list=2', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
  })

  test('a content type of multipart makes FormData of an object', async () => {
    const { data } = await (await echo()).post('/', { a: 'b', file: new Blob(['c']) }, { headers: { 'content-type': 'multipart/form-data' } })
    expect(data.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    expect(data.body).toMatch(/name="a"\r\n\r\nb\r\n[^]*name="file"/)
  })

  test('another content type keeps JSON as the text', async () => {
    const { data } = await (await echo()).post('/', { a: 1 }, { headers: { 'content-type': 'application/vnd.api+json' } })
    expect(data).toMatchObject({ body: '{"a":1}', headers: { 'content-type': 'application/vnd.api+json' } })
  })

  test('headers of a call replace those of the client in whatever case, and null takes one away', async () => {
    const client = await echo({ headers: { 'X-A': '1', 'x-b': '2', 'x-c': '3' } })
    const { data } = await client.get('/', { headers: { 'x-a': 'own', 'X-B': null, accept: null } })
    expect(data.headers).toMatchObject({ 'x-a': 'own', 'x-c': '3' })
    expect(Object.keys(data.headers)).not.toEqual(expect.arrayContaining(['x-b']))
    expect(data.headers.accept).toBeUndefined()
  })

  test('headers can be a Headers', async () => {
    const { data } = await (await echo()).get('/', { headers: new Headers({ 'X-A': '1' }) })
    expect(data.headers['x-a']).toBe('1')
  })
})

describe('the URL', () => {
  test.each([
    ['/v1', 'users', '/v1/users'],
    ['/v1/', '/users', '/v1/users'],
    ['/v1', '', '/v1'],
    ['/v1', undefined, '/v1'],
    ['', '/users?a=b', '/users?a=b']
  ])('below the base %s the path %s is %s', async (base, path, expected) => {
    const { url } = await httpServer((request, reply) => { reply.end(request.url) })
    const client = createPooledHttpClient({ baseURL: url + base }, open())
    expect((await client.get(path)).data).toBe(expected)
  })

  test('an absolute URL, as text or as a URL, stands for itself', async () => {
    const { url } = await httpServer((request, reply) => { reply.end(request.url) })
    const client = createPooledHttpClient({ baseURL: 'http://127.0.0.1:1' }, open())
    expect((await client.get(`${url}/a`)).data).toBe('/a')
    expect((await client.get(new URL(`${url}/b`))).data).toBe('/b')
  })

  test.each([
    [{ a: 1, b: [2, 3], c: null, d: undefined, e: true, f: 'ä&' }, '/?a=1&b=2&b=3&e=true&f=%C3%A4%26'],
    [{ when: new Date(0) }, '/?when=1970-01-01T00%3A00%3A00.000Z'],
    [new URLSearchParams('x=1&x=2'), '/?x=1&x=2'],
    [{}, '/']
  ])('params %p are the query %s', async (params, expected) => {
    const client = await echo()
    expect((await client.get('/', { params })).data.url).toBe(expected)
    expect((await client.get('/', { query: params })).data.url).toBe(expected)
  })

  test('params are added to the query that the URL has, before the fragment', async () => {
    expect((await (await echo()).get('/a?b=c#d', { params: { e: 1 } })).data.url).toBe('/a?b=c&e=1')
  })

  test('params of a call replace those of the client by name', async () => {
    const client = await echo({ params: { key: 'k', page: 1 } })
    expect((await client.get('/', { params: { page: 2 } })).data.url).toBe('/?key=k&page=2')
  })
})

describe('the reply', () => {
  test('has ok, status, statusText, headers, url and data', async () => {
    const client = await answering(201, { 'content-type': 'application/json; charset=utf-8', 'set-cookie': ['a=1', 'b=2'] }, '{"a":[1]}')
    const reply = await client.get('/x')
    expect(reply).toMatchObject({ ok: true, status: 201, statusText: 'Created', data: { a: [1] }, redirected: false })
    expect(reply.url).toMatch(/\/x$/)
    expect(reply.headers).toBeInstanceOf(Headers)
    expect(reply.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  test('can be read in each form, as often as wanted', async () => {
    const reply = await (await answering(200, { 'content-type': 'application/json' }, '{"ä":1}')).get('/')
    expect(await reply.json()).toEqual({ ä: 1 })
    expect(await reply.text()).toBe('{"ä":1}')
    expect(Buffer.from(await reply.arrayBuffer()).toString()).toBe('{"ä":1}')
    expect(await reply.json()).not.toBe(reply.data)
    expect((await reply.body.toArray()).join('')).toBe('{"ä":1}')
  })

  test.each([
    ['application/problem+json', '{"a":1}', { a: 1 }],
    ['application/json', '', null],
    ['application/json', '<html>', '<html>'],
    ['text/html', '<p>', '<p>'],
    ['application/xml', '<a/>', '<a/>'],
    ['application/x-ndjson', '{}\n{}', '{}\n{}']
  ])('data of %s and %p is %p', async (type, body, data) => {
    expect((await (await answering(200, { 'content-type': type }, body)).get('/')).data).toEqual(data)
  })

  test('data of another type is an ArrayBuffer', async () => {
    const { data } = await (await answering(200, { 'content-type': 'image/png' }, Buffer.from([1, 255]))).get('/')
    expect(Object.prototype.toString.call(data)).toBe('[object ArrayBuffer]')
    expect([...new Uint8Array(data)]).toEqual([1, 255])
  })

  test('responseType says what data is', async () => {
    const client = await answering(200, { 'content-type': 'text/plain' }, '{"a":1}')
    expect((await client.get('/', { responseType: 'json' })).data).toEqual({ a: 1 })
    expect((await client.get('/', { responseType: 'text' })).data).toBe('{"a":1}')
    expect(Buffer.from((await client.get('/', { responseType: 'arraybuffer' })).data).toString()).toBe('{"a":1}')
  })

  test("responseType 'json' rejects for what is no JSON", async () => {
    expect(await rejection((await answering(200, {}, 'no')).get('/', { responseType: 'json' }))).toMatchObject({ name: 'SyntaxError' })
  })

  test("responseType 'stream' gives the body as it arrives", async () => {
    const { url } = await httpServer((request, reply) => {
      reply.write('first')
      // Ends only once the client has seen the beginning.
      if (request.url === '/end') ends.splice(0).forEach(end => end())
      else ends.push(() => reply.end('last'))
      if (request.url === '/end') reply.end()
    })
    const ends = []
    const client = createPooledHttpClient({ baseURL: url }, open())
    const { data, body } = await client.get('/', { responseType: 'stream' })
    expect(data).toBe(body)
    const seen = []
    for await (const chunk of data) {
      seen.push(String(chunk))
      if (seen.length === 1) await client.get('/end')
    }
    expect(seen).toEqual(['first', 'last'])
  })

  test('a compressed body is asked for and decoded', async () => {
    const { url } = await httpServer((request, reply) => {
      const coding = /gzip/.test(String(request.headers['accept-encoding']))
      reply.writeHead(200, coding ? { 'content-encoding': 'gzip' } : {}).end(coding ? zlib.gzipSync('squeezed') : 'plain')
    })
    expect((await createPooledHttpClient({}, open()).get(url)).data).toBe('squeezed')
  })
})

describe('status 400 and more', () => {
  test.each([404, 500])('%d resolves', async status => {
    const reply = await (await answering(status, { 'content-type': 'application/json' }, '{"error":"why"}')).get('/')
    expect(reply).toMatchObject({ ok: false, status, data: { error: 'why' } })
  })

  test.each([[404, 'ERR_BAD_REQUEST'], [503, 'ERR_BAD_RESPONSE']])('%d rejects with throwOnError', async (status, code) => {
    const client = await answering(status, { 'content-type': 'application/json' }, '{"error":"why"}', { throwOnError: true })
    const error = await rejection(client.get('/a', { params: { key: 'secret' } }))
    expect(error).toMatchObject({ name: 'HttpStatusError', code, status, method: 'GET', message: `Request failed with status code ${status}` })
    expect(error.response.data).toEqual({ error: 'why' })
    expect(require('node:util').inspect(error, { depth: 9 })).not.toMatch(/secret|why/)
  })

  test('a call may say otherwise than its client', async () => {
    const client = await answering(404, {}, '', { throwOnError: true })
    expect((await client.get('/', { throwOnError: false })).status).toBe(404)
  })
})

describe('a call that does not succeed', () => {
  test('a signal ends it with its own reason', async () => {
    const { url } = await httpServer(() => {})
    const reason = new Error('enough')
    expect(await rejection(createPooledHttpClient({}, open()).get(url, { signal: AbortSignal.abort(reason) }))).toBe(reason)
  })

  test('timeout ends it when it takes longer as a whole', async () => {
    const { url } = await httpServer((request, reply) => { reply.write('begun') })
    const client = createPooledHttpClient({ timeout: 50 }, open())
    expect(await rejection(client.get(url))).toMatchObject({ name: 'PoolError', code: 'ERR_POOL_REQUEST_TIMEOUT' })
  })

  test('a failure to connect is the error of the pool', async () => {
    expect(await rejection(createPooledHttpClient({}, open()).get('http://127.0.0.1:1'))).toMatchObject({ code: 'ECONNREFUSED' })
  })
})

test('without a pool the global one serves', async () => {
  const { url } = await httpServer((request, reply) => { reply.end() })
  await createPooledHttpClient().get(url)
  expect(getGlobalPool().getMetrics().totalRequests).toBe(1)
})
