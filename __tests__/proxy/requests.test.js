'use strict'

const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')
const { httpServer, httpsServer, serve } = require('../support/servers')
const { scriptedProxy } = require('./scripted-proxy')

const server = serve('bench-server')
const workshop = new Workshop()
const USER = 'us%40er:pass%3Aw%C3%B6rd'
const CREDENTIALS = 'us@er:pass:wörd'

/** @param {string} url @param {string} userinfo */
const named = (url, userinfo) => url.replace('://', `://${userinfo}@`)

async function text (pool, url, options) {
  const { statusCode, body } = await pool.request(url, options)
  return [statusCode, await body.text()]
}

test('a request to an http origin reaches the proxy in absolute form, with its credentials and nobody else', async () => {
  const proxy = await scriptedProxy({ credentials: CREDENTIALS })
  const pool = open({ proxy: named(proxy.url, USER) })
  const { body } = await pool.request(server.url('/headers?a=b%20c'), { headers: { 'x-own': '1' } })
  const seen = await body.json()
  expect(proxy.asked).toMatchObject([{ method: 'GET', target: server.url('/headers?a=b%20c'), headers: { host: `127.0.0.1:${server.http}`, 'x-own': '1' } }])
  expect(proxy.credentialsOf(0)).toBe(CREDENTIALS)
  expect(seen.target).toBe('/headers?a=b%20c')
  expect(seen.headers.map(([name]) => name.toLowerCase())).not.toContain('proxy-authorization')
})

test('a request to an https origin goes by a tunnel, and TLS is with the origin', async () => {
  const proxy = await scriptedProxy({ credentials: CREDENTIALS })
  const pool = open({ proxy: named(proxy.url, USER), tls: { ca: server.ca } })
  const { body } = await pool.request(`https://localhost:${server.https}/headers`)
  const seen = await body.json()
  expect(proxy.asked).toMatchObject([{ method: 'CONNECT', target: `localhost:${server.https}`, headers: { host: `localhost:${server.https}` } }])
  expect(proxy.credentialsOf(0)).toBe(CREDENTIALS)
  expect([seen.target, seen.headers.map(([name]) => name.toLowerCase())]).toEqual(['/headers', expect.not.arrayContaining(['proxy-authorization'])])
})

test.each([
  ['http', () => server.url('/json')],
  ['https', () => `https://localhost:${server.https}/json`]
])('connections to an %s origin are reused, and as many made as the proxy saw', async (_, url) => {
  const proxy = await scriptedProxy()
  const pool = open({ proxy: proxy.url, tls: { ca: server.ca }, maxSocketsPerHost: 2 })
  for (let round = 0; round < 3; round++) await Promise.all(Array.from({ length: 4 }, () => text(pool, url())))
  const { connectionsCreated, cachedConnections, newConnections, totalRequests } = pool.getMetrics()
  expect(proxy.connections()).toBe(connectionsCreated)
  expect([connectionsCreated, totalRequests, cachedConnections + newConnections]).toEqual([2, 12, 12])
  expect(newConnections).toBeLessThanOrEqual(2)
})

test('a body goes up and down whole', async () => {
  const proxy = await scriptedProxy()
  const pool = open({ proxy: proxy.url, tls: { ca: server.ca } })
  const sent = Buffer.alloc(300_000, 'abc')
  const plain = await (await pool.request(server.url('/sink'), { method: 'POST', body: sent })).body.json()
  const tunnelled = await (await pool.request(`https://localhost:${server.https}/sink`, { method: 'POST', body: sent })).body.json()
  expect([plain.bytes, tunnelled.bytes, tunnelled.crc32]).toEqual([300_000, 300_000, plain.crc32])
  const large = await (await pool.request(`https://localhost:${server.https}/bytes?n=3000000`)).body.bytes()
  expect([large.length, large[2_999_999]]).toEqual([3_000_000, 2_999_999 % 256])
})

test('an IPv6 origin is asked for in brackets', async () => {
  const proxy = await scriptedProxy()
  const pool = open({ proxy: proxy.url })
  // The proxy answers 502 for the one and refuses the other: nobody listens there.
  expect((await pool.request('http://[::1]:1/')).statusCode).toBe(502)
  await expect(pool.request('https://[::1]:1/')).rejects.toMatchObject({ code: 'ERR_POOL_PROXY_REFUSED', proxyStatus: 502 })
  expect(proxy.asked.map(({ target }) => target)).toEqual(['http://[::1]:1/', '[::1]:1'])
})

test('fetch goes by the proxy, a redirect to another origin too', async () => {
  const proxy = await scriptedProxy()
  const { url } = await httpServer((_, reply) => reply.writeHead(302, { location: server.url('/json') }).end())
  const response = await open({ proxy: proxy.url }).fetch(`${url}/away`)
  expect([response.status, response.redirected, (await response.text()).length]).toEqual([200, true, 200])
  expect(proxy.asked.map(({ target }) => target)).toEqual([`${url}/away`, server.url('/json')])
})

test('hosts with a proxy of their own, and those with none, keep apart from the others', async () => {
  const [one, other] = [await scriptedProxy(), await scriptedProxy()]
  const straight = await httpServer((_, reply) => reply.end())
  const pool = open({
    proxy: one.url,
    perHostPools: { other: { hosts: ['localhost'], proxy: other.url }, direct: { hosts: [`127.0.0.1:${server.https1}`], proxy: null }, off: { hosts: [`127.0.0.1:${straight.port}`], proxy: false } },
    tls: { ca: server.ca }
  })
  const urls = [server.url('/json'), `http://localhost:${server.http}/json`, `https://127.0.0.1:${server.https1}/json`, `${straight.url}/json`]
  for (const url of urls) expect((await text(pool, url))[0]).toBe(200)
  expect([one.asked.map(({ target }) => target), other.asked.map(({ target }) => target)]).toEqual([[urls[0]], [urls[1]]])
})

test('a host without an option goes by the proxy of the pool', async () => {
  const proxy = await scriptedProxy()
  const pool = open({ proxy: proxy.url, perHostPools: { own: { hosts: ['127.0.0.1'], timeout: 5000 } } })
  await text(pool, server.url('/json'))
  expect(proxy.asked).toHaveLength(1)
})

test('each pool asks the same proxy in its own name', async () => {
  const proxy = await scriptedProxy()
  for (const user of ['a:1', 'b:2', 'a:1']) await text(open({ proxy: named(proxy.url, user) }), server.url('/json'))
  expect(proxy.asked.map((_, index) => proxy.credentialsOf(index))).toEqual(['a:1', 'b:2', 'a:1'])
})

test('a Proxy-Authorization of the request holds over that of the proxy', async () => {
  const proxy = await scriptedProxy({ credentials: 'mine:own' })
  const authorization = `Basic ${Buffer.from('mine:own').toString('base64')}`
  const [status] = await text(open({ proxy: named(proxy.url, 'a:b') }), server.url('/json'), { headers: { 'proxy-authorization': authorization } })
  expect(status).toBe(200)
})

test('a proxy is spoken to over TLS, trusted by the ca of the pool', async () => {
  const proxy = await scriptedProxy({ credentials: 'u:p', stands: listener => httpsServer(workshop.issue('localhost'), listener) })
  const pool = open({ proxy: `https://u:p@localhost:${proxy.port}`, tls: { ca: [server.ca, workshop.root.cert] } })
  for (let round = 0; round < 2; round++) {
    expect((await text(pool, server.url('/json')))[0]).toBe(200)
    expect((await text(pool, `https://localhost:${server.https}/bytes?n=100000`))[1]).toHaveLength(100_000)
  }
  expect(proxy.asked.map(({ method }) => method)).toEqual(['GET', 'CONNECT', 'GET'])
  expect(pool.getMetrics()).toMatchObject({ connectionsCreated: 2, cachedConnections: 2 })
})
