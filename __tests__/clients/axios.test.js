'use strict'

const { once } = require('node:events')
const http = require('node:http')
const { Readable } = require('node:stream')
const zlib = require('node:zlib')
const axios = require('axios')
const { addAxiosPoolingInterceptor, removeAxiosPoolingInterceptor } = require('../..')
const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { bodyOf, closedPort, httpServer, left } = require('../support/servers')

/** An instance over a pool, with what the pool and its agent were asked for. */
function pooled (config) {
  const { pool, sent, asked } = watched()
  return { client: addAxiosPoolingInterceptor(axios.create(config), pool), pool, sent, asked }
}

function watched () {
  const pool = open()
  return { pool, sent: jest.spyOn(pool, 'request'), asked: jest.spyOn(pool.getHttpAgent(), 'addRequest') }
}

/** A server that tells what it got. */
function echo () {
  return httpServer(async (request, reply) => {
    const body = await bodyOf(request)
    reply.setHeader('content-type', 'application/json').end(JSON.stringify({
      method: request.method, url: request.url, headers: request.headers, body: body.toString('latin1')
    }))
  })
}

describe('the interceptor', () => {
  test('is added to an instance, which is given back', async () => {
    const { url } = await echo()
    const instance = axios.create()
    const { pool, sent } = watched()
    expect(addAxiosPoolingInterceptor(instance, pool)).toBe(instance)
    await instance.get(url)
    expect(sent).toHaveBeenCalledTimes(1)
  })

  test('is added to the default export and taken away again', async () => {
    const { url } = await echo()
    const { pool, sent } = watched()
    try {
      expect(addAxiosPoolingInterceptor(axios, pool)).toBe(axios)
      await axios(url)
      expect(sent).toHaveBeenCalledTimes(1)
    } finally {
      expect(removeAxiosPoolingInterceptor(axios)).toBe(axios)
    }
    await axios(url)
    expect(sent).toHaveBeenCalledTimes(1)
  })

  test('added twice it is there once', async () => {
    const { url } = await echo()
    const { client, pool, sent } = pooled()
    addAxiosPoolingInterceptor(client, pool)
    await client.get(url)
    expect(sent).toHaveBeenCalledTimes(1)
    removeAxiosPoolingInterceptor(client)
    await client.get(url)
    expect(sent).toHaveBeenCalledTimes(1)
  })

  test('added with another pool it uses that one', async () => {
    const { url } = await echo()
    const { client, sent } = pooled()
    const other = watched()
    await addAxiosPoolingInterceptor(client, other.pool).get(url)
    expect([sent.mock.calls.length, other.sent.mock.calls.length]).toEqual([0, 1])
  })

  test('removed where it is not, it does nothing', () => {
    const instance = axios.create()
    expect(removeAxiosPoolingInterceptor(instance)).toBe(instance)
  })

  test("leaves an agent of the caller's own alone", async () => {
    const { url } = await echo()
    const { client, sent, asked } = pooled()
    const httpAgent = new (require('node:http').Agent)()
    await client.get(url, { httpAgent })
    expect([sent.mock.calls.length, asked.mock.calls.length]).toEqual([0, 0])
  })

  test('one call after the other takes one connection', async () => {
    const ports = new Set()
    const { url } = await httpServer((request, reply) => { ports.add(request.socket.remotePort); reply.end() })
    const { client } = pooled()
    for (let i = 0; i < 5; i++) await client.get(url)
    expect(ports.size).toBe(1)
  })

  test('once the pool is destroyed a call says so', async () => {
    const { client, pool } = pooled()
    pool.destroy()
    expect(await rejection(client.get('http://127.0.0.1:1'))).toMatchObject({ code: 'ERR_POOL_DESTROYED' })
  })

  test.each([[undefined], [{}], ['axios']])('what is no axios is refused: %p', given => {
    expect(() => addAxiosPoolingInterceptor(/** @type {any} */ (given), open())).toThrow(/^axios must be axios or an instance of it; received/)
  })

  test('interceptors of the caller see the reply', async () => {
    const { url } = await echo()
    const { client } = pooled()
    client.interceptors.response.use(reply => { reply.data.seen = true; return reply })
    expect((await client.get(url)).data.seen).toBe(true)
  })
})

describe('options keep their meaning:', () => {
  test('params and auth', async () => {
    const { url } = await echo()
    const { data } = await pooled().client.get(url, { params: { a: 1, b: ['x', 'y'] }, auth: { username: 'u', password: 'p' } })
    expect(data.url).toBe('/?a=1&b%5B%5D=x&b%5B%5D=y')
    expect(data.headers.authorization).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`)
  })

  test.each([
    ['an object', { a: 1 }, '{"a":1}', /^application\/json/],
    ['a string', 'text', 'text', /^application\/x-www-form-urlencoded/],
    ['URLSearchParams', new URLSearchParams({ a: 'b' }), 'a=b', /^application\/x-www-form-urlencoded/],
    ['a Buffer', Buffer.from([0, 255]), '\x00\xff', /.*/],
    ['a stream', () => Readable.from(['one', 'two']), 'onetwo', /.*/]
  ])('data as %s', async (_, data, body, type) => {
    const { url } = await echo()
    const { data: seen } = await pooled().client.post(url, typeof data === 'function' ? data() : data)
    expect(seen.body).toBe(body)
    expect(seen.headers['content-type']).toMatch(type)
  })

  test('data as FormData, of the platform and by postForm', async () => {
    const { url } = await echo()
    const { client } = pooled()
    const form = new FormData()
    form.append('field', 'value')
    for (const { data } of [await client.post(url, form), await client.postForm(url, { field: 'value' })]) {
      expect(data.headers['content-type']).toMatch(/^multipart\/form-data; *boundary=/)
      expect(data.body).toMatch(/name="field"\r\n\r\nvalue/)
    }
  })

  test('responseType json, text, arraybuffer and stream', async () => {
    const { url } = await httpServer((request, reply) => { reply.setHeader('content-type', 'application/json').end('{"a":1}') })
    const { client } = pooled()
    expect((await client.get(url, { responseType: 'json' })).data).toEqual({ a: 1 })
    expect((await client.get(url, { responseType: 'text', transformResponse: [] })).data).toBe('{"a":1}')
    expect(String((await client.get(url, { responseType: 'arraybuffer' })).data)).toBe('{"a":1}')
    const { data } = await client.get(url, { responseType: 'stream' })
    expect((await data.toArray()).join('')).toBe('{"a":1}')
  })

  test('maxRedirects and beforeRedirect', async () => {
    const { url } = await httpServer((request, reply) => {
      const left = Number(request.url?.slice(1))
      if (left > 0) reply.writeHead(302, { location: `/${left - 1}` })
      reply.end('there')
    })
    const { client, asked } = pooled()
    const passed = []
    expect((await client.get(`${url}/3`, { beforeRedirect: ({ path }) => { passed.push(path) } })).data).toBe('there')
    expect(passed).toEqual(['/2', '/1', '/0'])
    expect(asked).toHaveBeenCalledTimes(4)
    expect(await rejection(client.get(`${url}/3`, { maxRedirects: 2 }))).toMatchObject({ code: 'ERR_FR_TOO_MANY_REDIRECTS' })
    expect((await client.get(`${url}/3`, { maxRedirects: 0, validateStatus: null })).status).toBe(302)
  })

  test('maxContentLength and maxBodyLength', async () => {
    const { url } = await httpServer(async (request, reply) => { await bodyOf(request); reply.end('x'.repeat(1000)) })
    const { client } = pooled()
    expect(await rejection(client.get(url, { maxContentLength: 10 }))).toMatchObject({ code: 'ERR_BAD_RESPONSE', message: 'maxContentLength size of 10 exceeded' })
    expect(await rejection(client.post(url, 'x'.repeat(100), { maxBodyLength: 10 }))).toMatchObject({ name: 'AxiosError' })
  })

  test('timeout, and timeoutErrorMessage', async () => {
    const { url } = await httpServer(() => {})
    const { client } = pooled()
    expect(await rejection(client.get(url, { timeout: 20 }))).toMatchObject({ code: 'ECONNABORTED', message: 'timeout of 20ms exceeded' })
    expect(await rejection(client.get(url, { timeout: 20, timeoutErrorMessage: 'too slow' }))).toMatchObject({ message: 'too slow' })
  })

  test('signal and cancelToken', async () => {
    let arrived = 0
    const { url } = await httpServer(() => { arrived++ })
    const { client } = pooled()
    const abort = new AbortController()
    const source = axios.CancelToken.source()
    const calls = [rejection(client.get(url, { signal: abort.signal })), rejection(client.get(url, { cancelToken: source.token }))]
    await until(() => arrived === 2)
    abort.abort()
    source.cancel('enough')
    expect(await calls[0]).toMatchObject({ code: 'ERR_CANCELED' })
    expect(await calls[1]).toMatchObject({ code: 'ERR_CANCELED', message: 'enough' })
  })

  test('validateStatus', async () => {
    const { url } = await httpServer((request, reply) => { reply.writeHead(404).end('{"why":1}') })
    const { client } = pooled()
    expect(await rejection(client.get(url))).toMatchObject({ code: 'ERR_BAD_REQUEST', status: 404, response: { data: { why: 1 } } })
    expect((await client.get(url, { validateStatus: status => status === 404 })).status).toBe(404)
  })

  test('decompress', async () => {
    const { url } = await httpServer((request, reply) => { reply.writeHead(200, { 'content-encoding': 'gzip' }).end(zlib.gzipSync('plain')) })
    const { client } = pooled()
    expect((await client.get(url)).data).toBe('plain')
    const { data } = await client.get(url, { decompress: false, responseType: 'arraybuffer' })
    expect(zlib.gunzipSync(data).toString()).toBe('plain')
  })

  test('onUploadProgress and onDownloadProgress', async () => {
    const { url } = await httpServer(async (request, reply) => {
      const body = await bodyOf(request)
      reply.writeHead(200, { 'content-length': body.length }).end(body)
    })
    const seen = { up: 0, down: 0 }
    await pooled().client.post(url, Buffer.alloc(300_000), {
      responseType: 'arraybuffer',
      onUploadProgress: ({ loaded }) => { seen.up = loaded },
      onDownloadProgress: ({ loaded }) => { seen.down = loaded }
    })
    expect(seen).toEqual({ up: 300_000, down: 300_000 })
  })

  test('proxy', async () => {
    const { port } = await httpServer((request, reply) => { reply.end(`proxied ${request.url}`) })
    const { client, asked } = pooled()
    const { data } = await client.get('http://elsewhere.test/path', { proxy: { protocol: 'http', host: '127.0.0.1', port } })
    expect(data).toBe('proxied http://elsewhere.test/path')
    expect(asked).toHaveBeenCalledTimes(1)
  })

  test("adapter 'fetch' goes through the pool too", async () => {
    const { url } = await echo()
    const { client, pool, asked } = pooled({ adapter: 'fetch' })
    expect((await client.post(url, { a: 1 })).data).toMatchObject({ body: '{"a":1}' })
    expect([pool.getMetrics().totalRequests, asked.mock.calls.length]).toEqual([1, 0])
  })
})

test.each([
  ['ECONNREFUSED', async () => `http://127.0.0.1:${await closedPort()}`],
  ['ECONNRESET', async () => (await httpServer(request => { request.socket.resetAndDestroy() })).url],
  ['ENOTFOUND', async () => 'http://nowhere.invalid']
])('%s is an AxiosError with that code', async (code, place) => {
  const error = await rejection(pooled().client.post(await place(), {}))
  expect(error).toMatchObject({ code })
  expect(axios.isAxiosError(error)).toBe(true)
})

test('a URL that is longer than the engine takes goes by the agents', async () => {
  const server = http.createServer({ maxHeaderSize: 200_000 }, (request, reply) => { reply.end(String(request.url?.length)) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  left.push(() => server.closeAllConnections(), () => server.close())
  const { port } = /** @type {any} */ (server.address())
  const { client, sent, asked } = pooled({ baseURL: `http://127.0.0.1:${port}` })
  expect((await client.get(`/${'x'.repeat(70_000)}`)).data).toBe(70_001)
  expect((await client.get('/', { params: { a: 'x'.repeat(70_000) } })).data).toBe(70_004)
  expect([sent.mock.calls.length, asked.mock.calls.length]).toEqual([0, 2])
})
