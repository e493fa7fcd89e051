'use strict'

const http = require('node:http')
const { Readable } = require('node:stream')
const axios = require('axios')
const { addAxiosPoolingInterceptor, removeAxiosPoolingInterceptor } = require('../..')
const { adapterOf, reasonForAgents } = require('../../lib/clients/axios/route')
const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { bodyOf, httpServer } = require('../support/servers')

/** A pooled instance before a server that tells which body came; `ways` are the ways that requests took. */
async function pooled () {
  const { url } = await httpServer(async (request, reply) => { reply.end(`got ${await bodyOf(request)}`) })
  const pool = open()
  const ways = []
  const spied = (way, object, name) => {
    const real = object[name]
    jest.spyOn(object, name).mockImplementation(function (...args) {
      ways.push(way)
      return real.apply(this, args)
    })
  }
  spied('request', pool, 'request')
  spied('agent', pool.getHttpAgent(), 'addRequest')
  return { pool, ways, url, client: addAxiosPoolingInterceptor(axios.create({ baseURL: url }), pool) }
}

const form = () => {
  const data = new FormData()
  data.append('a', 'b')
  return data
}

function endless () {
  /** @type {any} */ const params = {}
  return Object.assign(params, { params })
}

describe('a request takes the agents with', () => {
  test.each([
    ['socketPath', { socketPath: '/tmp/none' }],
    ['transport', { transport: http }],
    ['lookup', { lookup: (_, __, callback) => callback(null, '127.0.0.1', 4) }],
    ['family', { family: 4 }],
    ['insecureHTTPParser', { insecureHTTPParser: true }],
    ['proxy', { proxy: { host: '127.0.0.1', port: 1 } }],
    ['beforeRedirect', { beforeRedirect: () => {} }],
    ['sensitiveHeaders', { sensitiveHeaders: ['x'] }],
    ['onUploadProgress', { onUploadProgress: () => {} }],
    ['onDownloadProgress', { onDownloadProgress: () => {} }],
    ['maxRate', { maxRate: 1000 }],
    ['an httpAgent', { httpAgent: new http.Agent() }],
    ['an httpsAgent', { httpsAgent: new http.Agent() }],
    ['httpVersion 1', { httpVersion: 1 }],
    ['httpVersion 2', { httpVersion: 2 }],
    ['a URL that is too long once it is encoded', { url: `/${'€'.repeat(7300)}` }],
    ['a base that is too long', { baseURL: `http://a.test/${'x'.repeat(30_000)}`, url: '/' }],
    ['params that are too long', { params: { a: 'x'.repeat(30_000) } }],
    ['URLSearchParams that are too long', { params: new URLSearchParams({ a: 'x'.repeat(30_000) }) }],
    ['params whose keys are written before each value', { params: { ['k'.repeat(100)]: Array(300).fill(1) } }],
    ['params without end', { params: endless() }],
    ['responseType stream', { responseType: 'stream' }],
    ['responseType blob', { responseType: 'blob' }],
    ['a method of its own', { method: 'purge' }]
  ])('%s', (_, config) => {
    expect(reasonForAgents({ method: 'get', ...config }, undefined, {})).toEqual(expect.any(String))
  })

  test.each([
    ['a stream', Readable.from(['a'])], ['FormData', form()], ['a Blob', new Blob(['a'])], ['an object', {}], ['a web stream', new Blob(['a']).stream()]
  ])('%s as data', (_, data) => {
    expect(reasonForAgents({ method: 'post' }, data, {})).toBe('data that is streamed')
  })

  test.each(['Expect', 'transfer-encoding', 'Upgrade', 'Connection', 'Content-Length', 'TE'])('the header %s', name => {
    expect(reasonForAgents({ method: 'get' }, undefined, { [name]: 'x' })).toEqual(expect.any(String))
  })

  test('a header of several values', () => {
    expect(reasonForAgents({ method: 'get' }, undefined, { 'x-many': ['a', 'b'] })).toEqual(expect.any(String))
  })

  test.each(['http_proxy', 'HTTPS_PROXY', 'all_proxy'])('%s in the environment, unless proxy is false', name => {
    const before = process.env[name]
    process.env[name] = 'http://127.0.0.1:1'
    try {
      expect(reasonForAgents({ method: 'get' }, undefined, {})).toBe('a proxy in the environment')
      expect(reasonForAgents({ method: 'get', proxy: false }, undefined, {})).toBeNull()
    } finally {
      if (before === undefined) delete process.env[name]
      else process.env[name] = before
    }
  })
})

describe('a request goes by pool.request with', () => {
  test.each([
    ['nothing', undefined], ['text', 'a'], ['a Buffer', Buffer.from('a')], ['an ArrayBuffer', new ArrayBuffer(1)]
  ])('%s as data', (_, data) => {
    expect(reasonForAgents({ method: 'post' }, data, { 'Content-Type': 'x' })).toBeNull()
  })

  test.each([
    ['timeout', { timeout: 5 }], ['auth', { auth: { username: 'a' } }], ['limits', { maxContentLength: 1, maxBodyLength: 1, maxRedirects: 0 }],
    ['a signal', { signal: AbortSignal.abort() }], ['decompress', { decompress: false }], ['responseType json', { responseType: 'json' }],
    ['a long URL and params', { baseURL: 'http://a.test', url: `/${'€'.repeat(3000)}`, params: { a: 'x'.repeat(10_000) } }],
    ['URLSearchParams', { params: new URLSearchParams({ a: 'b' }) }], ['a BigInt', { params: { a: 1n } }],
    ['options that are null', { socketPath: null, transport: undefined, proxy: false, httpAgent: null }]
  ])('%s', (_, config) => {
    expect(reasonForAgents({ method: 'get', ...config }, undefined, {})).toBeNull()
  })
})

describe("of axios' adapters", () => {
  test.each([
    [['xhr', 'http', 'fetch'], 'http'], ['http', 'http'], ['fetch', 'fetch'], [['fetch', 'http'], 'fetch'],
    [() => {}, 'other'], ['xhr', 'other'], [undefined, 'other'], [[], 'other']
  ])('%p is %s', (adapter, expected) => {
    expect(adapterOf({ adapter })).toBe(expected)
  })
})

describe('the way is chosen', () => {
  test('by what an interceptor of the caller made of the request', async () => {
    const { client, ways } = await pooled()
    client.interceptors.request.use(config => ({ ...config, method: 'post', data: Readable.from(['late']) }))
    expect((await client.get('/')).data).toBe('got late')
    expect(ways).toEqual(['agent'])
  })

  test('by what a transformation of the caller made of the data', async () => {
    const { client, ways } = await pooled()
    const { data } = await client.post('/', { a: 1 }, { transformRequest: [() => Readable.from(['turned'])] })
    expect([data, ways]).toEqual(['got turned', ['agent']])
  })

  test('once and for all for the agents where an interceptor of the caller replaces all transformations', async () => {
    const { pool, ways, url } = await pooled()
    const client = axios.create({ baseURL: url })
    client.interceptors.request.use(config => ({ ...config, transformRequest: [] }))
    await addAxiosPoolingInterceptor(client, pool).get('/')
    expect(ways).toEqual(['agent'])
  })

  test('an adapter of the caller is asked, whatever was chosen', async () => {
    const { client, ways } = await pooled()
    const adapter = async config => ({ status: 200, data: 'mine', headers: {}, config })
    expect((await client.get('/', { adapter })).data).toBe('mine')
    expect(ways).toEqual([])
  })
})

describe('a config that was answered', () => {
  test('holds what the caller gave and nothing of the pool', async () => {
    const { client, pool } = await pooled()
    const transformRequest = [data => data]
    const { config } = await client.post('/', 'x', { transformRequest })
    expect(config.transformRequest).toEqual(transformRequest)
    expect(Object.values(config)).not.toContain(pool.getHttpAgent())
    expect(Object.keys(config)).not.toContain('transport')
  })

  test('is sent again the same way', async () => {
    const { client, ways } = await pooled()
    const { config } = await client.post('/', 'x')
    await client.request(config)
    expect(ways).toEqual(['request', 'request'])
  })

  test('of a stream is sent again by the agent of the pool in use', async () => {
    const { client, ways } = await pooled()
    const { config, data } = await client.get('/', { responseType: 'stream' })
    data.resume()
    const other = open()
    const asked = jest.spyOn(other.getHttpAgent(), 'addRequest')
    addAxiosPoolingInterceptor(client, other)
    const again = await client.request(config)
    again.data.resume()
    expect([ways, asked.mock.calls.length]).toEqual([['agent'], 1])
  })

  test('goes past the pool once the interceptor is gone', async () => {
    const { client, ways } = await pooled()
    const { config } = await client.post('/', 'x')
    removeAxiosPoolingInterceptor(client)
    await client.request(config)
    expect(ways).toEqual(['request'])
  })
})

describe('response.request', () => {
  test('tells method, place and headers of the step that was answered', async () => {
    const { client, url } = await pooled()
    const { request } = await client.post('/path?a=1', 'x', { headers: { 'X-One': '1' } })
    const { host, hostname } = new URL(url)
    expect(request).toMatchObject({ method: 'POST', path: '/path?a=1', protocol: 'http:', host: hostname, destroyed: false, aborted: false })
    expect(request.getHeader('x-one')).toBe('1')
    expect(request.getHeaders()).toMatchObject({ 'x-one': '1', 'user-agent': `axios/${axios.VERSION}` })
    expect(request.res.responseUrl).toBe(`http://${host}/path?a=1`)
    expect(request.res.req).toBe(request)
  })

  test('is on an error as well, destroyed where the request was given up', async () => {
    let arrived = false
    const { url } = await httpServer(() => { arrived = true })
    const client = addAxiosPoolingInterceptor(axios.create(), open())
    const controller = new AbortController()
    const failed = rejection(client.get(url, { signal: controller.signal }))
    await until(() => arrived)
    controller.abort()
    expect((await failed).request).toMatchObject({ method: 'GET', destroyed: true })
  })

  test('shows no header to who prints it', async () => {
    const { client } = await pooled()
    const { request } = await client.get('/', { headers: { Authorization: 'Bearer secret-of-the-test' } })
    expect(require('node:util').inspect(request, { depth: 5 })).not.toMatch('secret-of-the-test')
  })
})

test('a request that is given up gives its connection back to the limits', async () => {
  let open_ = 0
  const { url } = await httpServer((request, reply) => {
    open_++
    if (request.url === '/fast') reply.end('ok')
  })
  const client = addAxiosPoolingInterceptor(axios.create({ baseURL: url }), open({ maxSockets: 1, maxSocketsPerHost: 1 }))
  const controller = new AbortController()
  const slow = rejection(client.get('/slow', { signal: controller.signal }))
  await until(() => open_ === 1)
  controller.abort()
  await slow
  expect((await client.get('/fast')).data).toBe('ok')
})

test("waiting for a connection is not in axios' timeout", async () => {
  const held = []
  const { url } = await httpServer((request, reply) => { request.url === '/held' ? held.push(reply) : reply.end('ok') })
  const client = addAxiosPoolingInterceptor(axios.create({ baseURL: url }), open({ maxSockets: 1, maxSocketsPerHost: 1 }))
  const first = client.get('/held')
  await until(() => held.length === 1)
  const second = client.get('/', { timeout: 50 })
  const clock = performance.now()
  await until(() => performance.now() > clock + 100)
  held[0].end('ok')
  expect((await Promise.all([first, second])).map(({ data }) => data)).toEqual(['ok', 'ok'])
})

test('an error of the pool is the cause, with its facts', async () => {
  const pool = open({ maxSockets: 1, maxSocketsPerHost: 1, queueTimeout: 20 })
  const { url } = await httpServer(() => {})
  const client = addAxiosPoolingInterceptor(axios.create({ baseURL: url }), pool)
  const controller = new AbortController()
  const first = rejection(client.get('/', { signal: controller.signal }))
  const error = await rejection(client.get('/'))
  controller.abort()
  await first
  expect(error).toMatchObject({ code: 'ERR_POOL_QUEUE_TIMEOUT', isAxiosError: true, cause: { phase: 'queue', origin: url } })
})

test('a reply that is longer than maxContentLength holds no connection', async () => {
  const { url } = await httpServer((request, reply) => { reply.write('x'.repeat(1000)) })
  const pool = open()
  const client = addAxiosPoolingInterceptor(axios.create({ baseURL: url }), pool)
  expect(await rejection(client.get('/', { maxContentLength: 10 }))).toMatchObject({ code: 'ERR_BAD_RESPONSE' })
  await until(() => pool.getMetrics().agents.http.active === 0)
})

test('redirects leave their connections to the steps that follow', async () => {
  const ports = new Set()
  const { url } = await httpServer((request, reply) => {
    ports.add(request.socket.remotePort)
    if (request.url === '/end') reply.end()
    else reply.writeHead(302, { location: request.url === '/' ? '/next' : '/end' }).end('moved')
  })
  await addAxiosPoolingInterceptor(axios.create(), open()).get(url)
  expect(ports.size).toBe(1)
})

test('silence in a body that has no timeout of axios is told as the limit of the pool that it is', async () => {
  const { url } = await httpServer((request, reply) => { reply.write('some') })
  const error = await rejection(addAxiosPoolingInterceptor(axios.create(), open({ bodyTimeout: 30 })).get(url))
  expect(error).toMatchObject({ code: 'ERR_POOL_BODY_TIMEOUT', isAxiosError: true, cause: { phase: 'body' }, response: { status: 200 } })
})

test('a timeout longer than any timer is none', async () => {
  const { client } = await pooled()
  expect((await client.get('/', { timeout: 1e12 })).data).toBe('got ')
})

test('pool.intercept() answers what goes by pool.request', async () => {
  const pool = open()
  pool.intercept(() => ({ status: 201, headers: { 'content-type': 'application/json' }, body: '{"by":"us"}' }))
  expect(await addAxiosPoolingInterceptor(axios.create(), pool).get('http://api.test/')).toMatchObject({ status: 201, data: { by: 'us' } })
})
