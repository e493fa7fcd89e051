'use strict'

const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { exchange } = require('../agents/exchange')
const { rejection, until } = require('../support/awaiting')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')
const { describeWith } = require('../support/programs')
const { httpServer, serve } = require('../support/servers')
const { haproxy, microsocks, squid, tinyproxy } = require('./programs')

const server = serve('bench-server')
const workshop = new Workshop()
const secure = (path = '/json') => `https://localhost:${server.https1}${path}`

/** What every proxy carries. @param {() => string} proxy its URL */
function carries (proxy) {
  const pool = (options = {}) => open({ proxy: proxy(), tls: { ca: [server.ca, workshop.root.cert] }, ...options })

  test('requests to http and https origins, and their bodies', async () => {
    const own = pool()
    const sent = Buffer.alloc(200_000, 'abc')
    for (const url of [server.url('/sink'), secure('/sink')]) {
      expect((await (await own.request(url, { method: 'POST', body: sent })).body.json()).bytes).toBe(200_000)
    }
    expect(await (await own.request(secure('/bytes?n=1000000'))).body.bytes()).toHaveLength(1_000_000)
    expect((await (await own.fetch(server.url('/bytes?n=1000000'))).arrayBuffer()).byteLength).toBe(1_000_000)
  })

  test('50 requests at a time over at most 5 tunnels, each counted once', async () => {
    const own = pool({ maxSocketsPerHost: 5 })
    const before = (await server.stats()).connections.accepted
    await Promise.all(Array.from({ length: 50 }, async () => expect((await (await own.request(secure())).body.text())).toHaveLength(200)))
    const { cachedConnections, newConnections } = own.getMetrics()
    expect(cachedConnections + newConnections).toBe(50)
    // A tunnel that was slow to open may have come too late to be needed.
    await until(async () => (await server.stats()).connections.accepted - before === own.getMetrics().connectionsCreated)
    expect([1, 2, 3, 4, 5]).toContain(own.getMetrics().connectionsCreated)
  })

  test('what the agents carry, for both schemes', async () => {
    const own = pool()
    for (const url of [server.url('/json'), secure()]) {
      for (const reused of [false, true]) expect(await exchange(url, { agent: own.getAgentForUrl(url) })).toMatchObject({ status: 200, reused })
    }
    expect(own.getMetrics()).toMatchObject({ connectionsCreated: 2, cachedConnections: 2 })
  })

  test('an upgrade, through a tunnel', async () => {
    const { server: origin, url } = await httpServer(() => {})
    origin.on('upgrade', (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
      socket.pipe(socket)
    })
    const request = http.get(url, { agent: pool().getHttpAgent(), headers: { connection: 'Upgrade', upgrade: 'echo' } })
    const [, socket] = await once(request, 'upgrade')
    socket.write('there and back')
    expect(String((await once(socket, 'data'))[0])).toBe('there and back')
    socket.destroy()
  })
}

describeWith('squid')('squid, with a user and a password', () => {
  const proxy = squid()
  const url = (userinfo = 'u:p') => `http://${userinfo}@127.0.0.1:${proxy.port}`

  carries(url)

  test('keeps a connection to itself open between requests in absolute form', async () => {
    const pool = open({ proxy: url() })
    for (let n = 0; n < 3; n++) await (await pool.request(server.url('/json'))).body.text()
    expect(pool.getMetrics()).toMatchObject({ connectionsCreated: 1, cachedConnections: 2 })
    await until(() => log().filter(line => line.includes('GET http://') && line.includes(' u ')).length >= 3)
  })

  test.each([['wrong', 'u:wrong'], ['none', '']])('with %s is an error for either scheme', async (_, userinfo) => {
    const pool = open({ proxy: url(userinfo).replace('//@', '//') })
    for (const origin of [server.url('/json'), secure()]) {
      expect(await rejection(pool.request(origin))).toMatchObject({ code: 'ERR_POOL_PROXY_AUTH', phase: 'proxy', proxyStatus: 407 })
    }
  })

  test('an origin that it does not reach is refused', async () => {
    const pool = open({ proxy: url() })
    expect(await rejection(pool.request('https://127.0.0.1:1/'))).toMatchObject({ code: 'ERR_POOL_PROXY_REFUSED', proxyStatus: 503 })
    expect((await pool.request('http://127.0.0.1:1/')).statusCode).toBe(503)
  })

  const log = () => fs.readFileSync(path.join(proxy.folder, 'access.log'), 'utf8').split('\n')
})

describeWith('tinyproxy')('tinyproxy', () => {
  const proxy = tinyproxy()
  const url = (userinfo = 'u:p') => `http://${userinfo}@127.0.0.1:${proxy.port}`

  carries(url)

  test('with a wrong password opens no tunnel, and answers a request in absolute form as an origin would', async () => {
    const pool = open({ proxy: url('u:wrong') })
    expect(await rejection(pool.request(secure()))).toMatchObject({ code: 'ERR_POOL_PROXY_REFUSED', phase: 'proxy', proxyStatus: 401 })
    expect((await pool.request(server.url('/json'))).statusCode).toBe(401)
  })
})

describeWith('haproxy', 'squid')('haproxy, with TLS before squid', () => {
  const behind = squid({ authenticates: false })
  const proxy = haproxy(workshop.issue('localhost'), () => behind.port)

  carries(() => `https://localhost:${proxy.port}`)
})

describeWith('microsocks')('microsocks, with a user and a password', () => {
  const proxy = microsocks()

  describe('that looks names up', () => carries(() => `socks5h://u:p@127.0.0.1:${proxy.port}`))

  describe('that is given addresses', () => carries(() => `socks5://u:p@127.0.0.1:${proxy.port}`))

  test.each(['u:wrong@', ''])('as %j is refused', async userinfo => {
    const error = await rejection(open({ proxy: `socks5://${userinfo}127.0.0.1:${proxy.port}` }).request(server.url('/json')))
    expect(error).toMatchObject({ code: 'ERR_POOL_PROXY_AUTH', phase: 'proxy', proxy: `socks5://127.0.0.1:${proxy.port}` })
    expect(error.message).not.toContain('wrong')
  })

  test('an origin that it does not reach is refused', async () => {
    const pool = open({ proxy: `socks5h://u:p@127.0.0.1:${proxy.port}` })
    expect(await rejection(pool.request('http://127.0.0.1:1/'))).toMatchObject({ code: 'ERR_POOL_PROXY_REFUSED', phase: 'proxy' })
  })

  test('requests and agents share their connections', async () => {
    const pool = open({ proxy: `socks5h://u:p@127.0.0.1:${proxy.port}` })
    await (await pool.request(server.url('/json'))).body.text()
    expect(await exchange(server.url('/json'), { agent: pool.getHttpAgent() })).toMatchObject({ status: 200, reused: true })
    expect(pool.getMetrics().connectionsCreated).toBe(1)
  })
})

describeWith('microsocks')('microsocks, for everybody', () => {
  const proxy = microsocks({ authenticates: false })

  test('is gone by without credentials, and with them', async () => {
    const [status, named] = await Promise.all(['', 'u:p@'].map(async userinfo => (await open({ proxy: `socks5h://${userinfo}localhost:${proxy.port}` }).request(server.url('/json'))).statusCode))
    expect([status, named]).toEqual([200, 200])
  })
})
