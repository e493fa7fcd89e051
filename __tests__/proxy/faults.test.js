'use strict'

const { once } = require('node:events')
const http = require('node:http')
const https = require('node:https')
const { inspect } = require('node:util')
const { rejection, until } = require('../support/awaiting')
const { Workshop } = require('../support/certificates')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { closedPort, httpsServer, tcpServer } = require('../support/servers')
const { scriptedProxy } = require('./scripted-proxy')

const workshop = new Workshop()
const SECRET = 'hunter2'

/** A proxy that answers every CONNECT, and every request, with the same bytes; then it ends, if it is to. */
async function answering (bytes, { ends = false } = {}) {
  const { port, sockets } = await tcpServer(socket => {
    let head = ''
    socket.on('data', data => {
      head += data.toString('latin1')
      if (!head.endsWith('\r\n\r\n')) return
      head = ''
      socket.write(bytes, 'latin1')
      if (ends) socket.end()
    })
  })
  return { port, sockets }
}

/** Everything that an application may log of a failure. */
function allOf (error) {
  return [error.message, error.stack, JSON.stringify(error), inspect(error, { depth: 9 }), String(error.cause)].join('\n')
}

/**
 * @param {number} port
 * @param {any} [options]
 */
function through (port, { kind = 'http', ...options } = {}) {
  return open({ proxy: `${kind}://somebody:${SECRET}@127.0.0.1:${port}`, ...options })
}

/** Of a request to a name that only the proxy could find. */
async function failure (pool, url = 'https://origin.test/path?query') {
  const error = await rejection(pool.request(url))
  expect(error).toMatchObject({ name: 'PoolError', phase: 'proxy', origin: new URL(url).origin, mayHaveBeenProcessed: false })
  expect(error.message).toMatch(/^proxy 127\.0\.0\.1:\d+: /)
  expect(error.proxy).toMatch(/^(http|https|socks5|socks5h):\/\/127\.0\.0\.1:\d+$/)
  expect(allOf(error)).not.toMatch(new RegExp(`${SECRET}|somebody|query|${Buffer.from(`somebody:${SECRET}`).toString('base64')}`))
  return error
}

/** Nothing is left of what failed. */
async function expectNothingLeft (pool, sockets) {
  await until(() => sockets.size === 0)
  expect(pool.getMetrics()).toMatchObject({ currentPoolSize: 0, errors: 1, agents: { https: { pending: 0 } } })
}

const LINE = 'HTTP/1.1 200 OK\r\n'

test.each([
  ['407', 'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="hunter2"\r\nContent-Length: 0\r\n\r\n', 'ERR_POOL_PROXY_AUTH', 407],
  ['403 with a body', 'HTTP/1.1 403 hunter2\r\nContent-Length: 7\r\n\r\nhunter2', 'ERR_POOL_PROXY_REFUSED', 403],
  ['502', 'HTTP/1.1 502 Bad\r\n\r\n', 'ERR_POOL_PROXY_REFUSED', 502],
  ['504 after a 100', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 504 Late\r\n\r\n', 'ERR_POOL_PROXY_REFUSED', 504],
  ['a status without a name', 'HTTP/1.1 799 Odd\r\n\r\n', 'ERR_POOL_PROXY_REFUSED', 799],
  ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: http://hunter2/\r\n\r\n', 'ERR_POOL_PROXY_REFUSED', 302],
  ['a change of protocols', 'HTTP/1.1 101 Switching\r\n\r\n', 'ERR_POOL_PROXY_REFUSED', 101],
  ['garbage', 'hunter2 is no reply\r\n\r\n', 'ERR_POOL_PROXY_REPLY', undefined],
  ['SSH', 'SSH-2.0-OpenSSH_9\r\n', 'ERR_POOL_PROXY_REPLY', undefined],
  ['TLS', '\x16\x03\x03\x00\x02', 'ERR_POOL_PROXY_REPLY', undefined],
  ['a field that is none', `${LINE}hunter2\r\n\r\n`, 'ERR_POOL_PROXY_REPLY', undefined],
  ['a head without an end', `${LINE}x: ${'y'.repeat(20_000)}`, 'ERR_POOL_PROXY_REPLY', undefined],
  ['more fields than anybody has', `${LINE}${'x: y\r\n'.repeat(200)}\r\n`, 'ERR_POOL_PROXY_REPLY', undefined],
  ['bytes after its 200 that nobody asked for', `${LINE}\r\nHTTP/1.1 200 OK\r\n\r\n`, 'ERR_POOL_PROXY_REPLY', undefined]
])('a proxy that answers CONNECT with %s fails the request', async (_, bytes, code, proxyStatus) => {
  const { port, sockets } = await answering(bytes)
  const pool = through(port)
  const error = await failure(pool)
  expect([error.code, error.proxyStatus]).toEqual([code, proxyStatus])
  await expectNothingLeft(pool, sockets)
})

test.each([['nothing', ''], ['half a line', 'HTTP/1.1 20'], ['half a head', `${LINE}x: y\r\n`]])('a proxy that ends after %s fails the request', async (_, bytes) => {
  const { port, sockets } = await answering(bytes, { ends: true })
  const pool = through(port)
  expect((await failure(pool)).code).toBe('ECONNRESET')
  await expectNothingLeft(pool, sockets)
})

async function dripped (socket, text) {
  socket.setNoDelay(true)
  for (const byte of text) {
    socket.write(byte)
    await new Promise(setImmediate)
  }
}

test('a reply in pieces of one byte is a reply', async () => {
  const { port } = await tcpServer(socket => socket.once('data', () => { void dripped(socket, 'HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 503 No\r\nx: y\r\n\r\n') }))
  expect(await failure(through(port))).toMatchObject({ code: 'ERR_POOL_PROXY_REFUSED', proxyStatus: 503 })
})

test('a proxy that says nothing runs into the connect timeout', async () => {
  const { port, sockets } = await answering('')
  const pool = through(port, { connectTimeout: 60 })
  const error = await rejection(pool.request('https://origin.test/'))
  expect(error).toMatchObject({ code: 'ERR_POOL_CONNECT_TIMEOUT', phase: 'proxy', proxy: `http://127.0.0.1:${port}` })
  expect(error.message).toContain(`127.0.0.1:${port}`)
  expect(allOf(error)).not.toContain(SECRET)
  await until(() => sockets.size === 0)
  expect(pool.getMetrics()).toMatchObject({ currentPoolSize: 0, timeouts: 1 })
})

test('an abort while the proxy thinks ends the request and its connection goes', async () => {
  const { port, sockets } = await answering('')
  const controller = new AbortController()
  const failed = rejection(through(port).request('https://origin.test/', { signal: controller.signal }))
  await until(() => sockets.size === 1)
  controller.abort()
  expect((await failed).name).toBe('AbortError')
})

test.each(['http', 'https', 'socks5', 'socks5h'])('a proxy of kind %s that nobody is at is named', async kind => {
  const port = await closedPort()
  expect(await failure(through(port, { kind }), 'https://127.0.0.1:1/')).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1', port })
})

test('a proxy whose name nobody knows is named', async () => {
  const error = await rejection(open({ proxy: `http://somebody:${SECRET}@proxy.invalid:3128` }).request('http://origin.test/'))
  expect(error).toMatchObject({ code: 'ENOTFOUND', phase: 'proxy', hostname: 'proxy.invalid', proxy: 'http://proxy.invalid:3128' })
})

test('the certificate of a proxy is judged, whatever is let in of origins', async () => {
  const proxy = await scriptedProxy({ stands: listener => httpsServer(workshop.issue('elsewhere.test'), listener) })
  const url = `https://somebody:${SECRET}@localhost:${proxy.port}`
  const unknown = await rejection(open({ proxy: url, tls: { rejectUnauthorized: false } }).request('http://origin.test/'))
  expect(unknown).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', phase: 'proxy' })
  const misnamed = await rejection(open({ proxy: url, tls: { ca: workshop.root.cert } }).request('http://origin.test/'))
  expect(misnamed).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID', phase: 'proxy' })
  expect(allOf(misnamed)).not.toContain(SECRET)
  expect(proxy.asked).toEqual([])
})

test('the certificate of the origin is judged through the tunnel', async () => {
  const origin = await httpsServer(workshop.issue('localhost'), (_, reply) => reply.end())
  const proxy = await scriptedProxy()
  const error = await rejection(open({ proxy: proxy.url }).request(origin.url))
  expect(error).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', phase: 'tls', proxy: proxy.url })
})

test('a 407 to a request in absolute form is an error', async () => {
  const proxy = await scriptedProxy({ credentials: 'other:one' })
  const pool = through(proxy.port)
  expect(await failure(pool, 'http://origin.test/path?query')).toMatchObject({ code: 'ERR_POOL_PROXY_AUTH', proxyStatus: 407 })
  await until(() => pool.getMetrics().currentPoolSize === 0)
})

test('what else a proxy answers to a request in absolute form is the reply', async () => {
  const proxy = await scriptedProxy()
  const { statusCode, body } = await open({ proxy: proxy.url }).request(`http://127.0.0.1:${await closedPort()}/`)
  await body.dump()
  expect(statusCode).toBe(502)
})

test('fetch tells of the proxy in its cause', async () => {
  const { port } = await answering('HTTP/1.1 403 No\r\n\r\n')
  const error = await rejection(through(port).fetch('https://origin.test/'))
  expect(error.message).toBe('fetch failed')
  expect(error.cause).toMatchObject({ code: 'ERR_POOL_PROXY_REFUSED', proxyStatus: 403 })
})

test.each([['http', http], ['https', https]])('an agent for %s tells of the proxy', async (scheme, client) => {
  const { port } = await answering('HTTP/1.1 407 No\r\n\r\n')
  const pool = through(port)
  const [error] = await once(client.get(`${scheme}://origin.test/`, { agent: pool.getAgentForUrl(`${scheme}://origin.test/`) }), 'error')
  expect(error).toMatchObject({ code: 'ERR_POOL_PROXY_AUTH', phase: 'proxy', proxyStatus: 407 })
  expect(allOf(error)).not.toContain(SECRET)
})

test('a debug line names the proxy and no more', async () => {
  const { port } = await answering('HTTP/1.1 407 No\r\n\r\n')
  const { stderr } = await runChild(`
    process.env.RAG_POOL_DEBUG = '1'
    const pool = new ConnectionPoolManager({ proxy: 'http://somebody:${SECRET}@127.0.0.1:${port}' })
    await pool.request('https://origin.test/').catch(() => {})
    process.stderr.write(pool.getReport() + JSON.stringify(pool.getMetrics()))
  `)
  expect(stderr).toContain(`code="ERR_POOL_PROXY_AUTH" phase="proxy" proxy="http://127.0.0.1:${port}" proxyStatus=407`)
  expect(stderr).not.toMatch(/hunter2|somebody/)
})

test('a name that would be another target in a request line is asked of no proxy', async () => {
  const { port, sockets } = await answering('HTTP/1.1 200 OK\r\n\r\n')
  const pool = through(port)
  const [error] = await once(http.get({ host: 'a.test:1 HTTP/1.1 b', port: 80, path: '/', agent: pool.getHttpAgent() }), 'error')
  expect(error).toMatchObject({ code: 'ERR_POOL_PROXY_REFUSED', phase: 'proxy' })
  await until(() => sockets.size === 0)
})

test('a burst against a proxy that refuses fails each request, and the next one is tried anew', async () => {
  const { port, sockets } = await answering('HTTP/1.1 503 No\r\n\r\n')
  const pool = through(port, { maxSocketsPerHost: 2 })
  const codes = await Promise.all(Array.from({ length: 20 }, async () => (await rejection(pool.request('https://origin.test/'))).code))
  expect(new Set(codes)).toEqual(new Set(['ERR_POOL_PROXY_REFUSED']))
  await failure(pool)
  await until(() => sockets.size === 0)
})

test('a proxy that wants a certificate after its handshake is told of in the words of TLS', async () => {
  const { port } = await httpsServer({ ...workshop.issue('localhost'), ca: workshop.root.cert, requestCert: true, rejectUnauthorized: true }, () => {})
  const pool = open({ proxy: `https://localhost:${port}`, tls: { ca: workshop.root.cert } })
  expect(await rejection(pool.request('https://origin.test/'))).toMatchObject({ code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', phase: 'proxy' })
})
