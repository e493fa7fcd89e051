'use strict'

const axios = require('axios').default ?? require('axios')
const fs = require('node:fs')
const http = require('node:http')
const https = require('node:https')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { once } = require('node:events')
const { OpenAI } = require('openai')
const { addAxiosPoolingInterceptor, createPooledOpenAIClient } = require('../..')
const { exchange } = require('../agents/exchange')
const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer, left, serve, tcpServer } = require('../support/servers')
const { scriptedProxy } = require('./scripted-proxy')

const server = serve('bench-server')
const secure = (path = '/json') => `https://localhost:${server.https1}${path}`

async function proxied (options) {
  const proxy = await scriptedProxy()
  return { proxy, pool: open({ proxy: proxy.url, tls: { ca: server.ca }, ...options }) }
}

test('https goes through a tunnel that is kept', async () => {
  const { proxy, pool } = await proxied()
  for (const reused of [false, true]) expect(await exchange(secure(), { agent: pool.getHttpsAgent() })).toMatchObject({ status: 200, reused })
  expect(proxy.asked).toMatchObject([{ method: 'CONNECT', target: `localhost:${server.https1}` }])
  expect(pool.getMetrics()).toMatchObject({ connectionsCreated: 1, newConnections: 1, cachedConnections: 1 })
})

test('requests and agents share the tunnels to an https origin', async () => {
  const { proxy, pool } = await proxied()
  await (await pool.request(secure())).body.text()
  expect((await exchange(secure(), { agent: pool.getHttpsAgent() })).reused).toBe(true)
  expect(proxy.connections()).toBe(1)
})

test('http goes through a tunnel too, and shares none with a request in absolute form', async () => {
  const { proxy, pool } = await proxied()
  const url = server.url('/json')
  await (await pool.request(url)).body.text()
  await exchange(url, { agent: pool.getHttpAgent() })
  await (await pool.request(url)).body.text()
  await exchange(url, { agent: pool.getHttpAgent() })
  expect(proxy.asked.map(({ method, connection }) => [method, connection])).toEqual([['GET', 0], ['CONNECT', 1], ['GET', 0]])
  expect(pool.getMetrics()).toMatchObject({ connectionsCreated: 2, cachedConnections: 2 })
})

test('the origin gets the text of Node, letter by letter', async () => {
  const seen = []
  const { port } = await tcpServer(socket => socket.on('data', data => {
    seen.push(String(data))
    socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n')
  }))
  const { pool } = await proxied()
  const send = agent => exchange(`http://127.0.0.1:${port}/a?b`, { agent, headers: { 'X-OwN': '1', Host: 'other.test' } })
  await send(pool.getHttpAgent())
  await send(new http.Agent({ keepAlive: true }))
  expect(seen[0]).toBe(seen[1])
})

test("a request's own ca is for the origin", async () => {
  const proxy = await scriptedProxy()
  const agent = open({ proxy: proxy.url }).getHttpsAgent()
  expect((await exchange(secure(), { agent, ca: server.ca })).status).toBe(200)
  expect((await rejection(exchange(secure(), { agent }))).code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
})

test('TLS that only OpenSSL speaks goes through the tunnel as well', async () => {
  const { proxy, pool } = await proxied()
  const request = https.get(secure(), { agent: pool.getHttpsAgent(), ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' })
  const [response] = await once(request, 'response')
  expect(response.socket.getCipher().name).toMatch(/AES128-GCM/)
  response.resume()
  await once(response, 'end')
  expect(proxy.asked).toMatchObject([{ method: 'CONNECT' }])
})

test('a socket tells of the connection to the proxy', async () => {
  const { proxy, pool } = await proxied()
  const request = https.get(secure(), { agent: pool.getHttpsAgent() })
  const [socket] = await once(request, 'socket')
  const told = []
  for (const event of ['connect', 'secureConnect']) socket.on(event, () => told.push(event))
  const [response] = await once(request, 'response')
  expect([socket.remotePort, socket.authorized, socket.getPeerCertificate().subjectaltname]).toEqual([proxy.port, true, expect.stringContaining('localhost')])
  expect(told).toEqual(['connect', 'secureConnect'])
  response.resume()
  await once(response, 'end')
})

test('a lookup of the request is asked for the proxy, whose name alone is looked up', async () => {
  const proxy = await scriptedProxy()
  const pool = open({ proxy: `http://proxy.test:${proxy.port}`, tls: { ca: server.ca } })
  const asked = []
  const lookup = (name, options, done) => { asked.push(name); done(null, [{ address: '127.0.0.1', family: 4 }]) }
  expect((await exchange(secure(), { agent: pool.getHttpsAgent(), lookup })).status).toBe(200)
  expect(asked).toEqual(['proxy.test'])
})

const onUnix = process.platform === 'win32' ? test.skip : test

onUnix('a socketPath goes by no proxy', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rag-pool-socket-'))
  const socketPath = path.join(folder, 's')
  const origin = http.createServer((_, reply) => reply.end('here')).listen(socketPath)
  await once(origin, 'listening')
  left.push(() => { origin.closeAllConnections(); origin.close(); fs.rmSync(folder, { recursive: true }) })
  const { proxy, pool } = await proxied()
  expect(String((await exchange('http://a.test/', { agent: pool.getHttpAgent(), socketPath })).body)).toBe('here')
  expect(proxy.asked).toEqual([])
})

test.each([
  ['http', 'localPort', { localPort: 1 }], ['https', 'localPort', { localPort: 1 }],
  ['http', 'hints', { hints: 32 }], ['https', 'hints', { hints: 32 }]
])('what only a connection of Node has does not lead past the proxy: %s with %s', async (scheme, _, options) => {
  const { proxy, pool } = await proxied()
  const { url, server: origin } = await httpServer((_request, reply) => reply.end())
  let connections = 0
  origin.on('connection', () => { connections++ })
  const target = url.replace('http:', `${scheme}:`)
  const [error] = await once((scheme === 'http' ? http : https).get(target, { agent: pool.getAgentForUrl(target), ...options }), 'error')
  expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: expect.stringContaining('proxy') })
  expect([connections, proxy.connections()]).toEqual([0, 0])
})

test('what a tunnel carries after an upgrade is between the two', async () => {
  const { server: origin, url } = await httpServer(() => {})
  origin.on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    socket.pipe(socket)
  })
  const { pool } = await proxied()
  const request = http.get(url, { agent: pool.getHttpAgent(), headers: { connection: 'Upgrade', upgrade: 'echo' } })
  const [, socket] = await once(request, 'upgrade')
  socket.write('there and back')
  expect(String((await once(socket, 'data'))[0])).toBe('there and back')
  expect(pool.getMetrics()).toMatchObject({ detached: 1, currentPoolSize: 0 })
  socket.destroy()
})

test('axios sends by pool.request, and leaves the proxy to the pool', async () => {
  const { proxy, pool } = await proxied()
  process.env.http_proxy = 'http://127.0.0.1:1'
  try {
    const client = addAxiosPoolingInterceptor(axios.create(), pool)
    expect((await client.get(server.url('/json'))).status).toBe(200)
    // By the agents.
    expect((await client.get(server.url('/json'), { responseType: 'stream' })).status).toBe(200)
    expect(proxy.asked.map(({ method }) => method)).toEqual(['GET', 'CONNECT'])
  } finally {
    delete process.env.http_proxy
  }
})

describe.each(['http', 'https'])('%s', scheme => {
  const client = { http, https }[scheme]
  const agentOf = pool => scheme === 'http' ? pool.getHttpAgent() : pool.getHttpsAgent()

  test.each(['a\rb', 'a\nb', 'a\0b', 'a\n80'].flatMap(host => [[JSON.stringify(host), { host, headers: { host: 'x' } }], [JSON.stringify(host), { host, setHost: false }]]))('the host %s is named where it is refused, and the proxy hears nothing of it', async (_, options) => {
    const { proxy, pool } = await proxied()
    const [error] = await once(client.get({ port: 1, agent: agentOf(pool), ...options }), 'error')
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_CHAR', message: expect.stringMatching(/^host must be without CR, LF and NUL .*received '[^\r\n\0]+'$/) })
    expect(proxy.asked).toEqual([])
  })

  test('a host that Node refuses itself is refused by Node', () => {
    const agent = agentOf(open({ proxy: 'http://127.0.0.1:1' }))
    expect(() => client.get({ host: 'a\nb', agent })).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_CHAR' }))
  })
})

test("OpenAI's SDK goes by the proxy", async () => {
  const { proxy, pool } = await proxied()
  const client = createPooledOpenAIClient(OpenAI, { apiKey: 'key', baseURL: server.url('/v1'), maxRetries: 0 }, pool)
  const { data } = await client.embeddings.create({ model: 'm', input: ['a'], dimensions: 8 })
  expect(data[0]?.embedding).toHaveLength(8)
  expect(proxy.asked).toMatchObject([{ method: 'POST', target: server.url('/v1/embeddings') }])
})

test('a tunnel that its proxy has closed while it was idle is noticed before it is used', async () => {
  const sockets = []
  const { port } = await tcpServer(socket => socket.once('data', head => {
    sockets.push(socket)
    const to = Number(/^CONNECT \S+:(\d+) /.exec(String(head))?.[1])
    const onward = net.connect(to, '127.0.0.1', () => { socket.write('HTTP/1.1 200 OK\r\n\r\n'); onward.pipe(socket).pipe(onward) })
    onward.on('error', () => {})
    left.push(() => onward.destroy())
  }))
  const pool = open({ proxy: `http://127.0.0.1:${port}`, tls: { ca: server.ca } })
  const get = async () => (await (await pool.request(secure())).body.text()).length
  expect(await get()).toBe(200)
  const closed = once(pool, 'connection_removed')
  sockets[0].destroy()
  await closed
  expect(await get()).toBe(200)
  expect(pool.getMetrics()).toMatchObject({ connectionsCreated: 2, errors: 0 })
})
