'use strict'

// Options that Node refuses, where Node speaks TLS over a connection of the pool.

const https = require('node:https')
const tls = require('node:tls')
const { once } = require('node:events')
const { Duplex } = require('node:stream')
const { Workshop } = require('../support/certificates')
const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpsServer, tcpServer } = require('../support/servers')
const { exchange } = require('./exchange')

const workshop = new Workshop()
const ca = workshop.root.cert
const server = workshop.issue('localhost')

/** OpenSSL names its thread. */
const facts = (way, { name, code, message }) => ({ way, name, code, message: message.replace(/^[0-9A-F]+:/, '') })

/**
 * How it ends that cannot begin.
 * @param {() => import('node:events').EventEmitter} begin
 */
const outcome = begin => new Promise(resolve => {
  try {
    begin().on('error', error => resolve(facts('told', error)))
  } catch (error) {
    resolve(facts('thrown', error))
  }
})

/** What Node says of the options, over a stream so that nothing is dialled. */
const nodes = options => outcome(() => tls.connect({ ca, socket: new Duplex({ read () {}, write () {} }), ...options }))

describe.each([
  ['versions of which none is left', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }],
  ['a servername that is no string', { servername: 5 }],
  ['a session that is no buffer', { session: 5 }],
  ['protocols that are no list', { ALPNProtocols: 5 }],
  ['a checkServerIdentity that is no function', { checkServerIdentity: null }],
  ['ciphers that nobody knows', { ciphers: 'none such' }]
])('%s', (_, options) => {
  test('is told as Node tells it, and holds no place', async () => {
    const { url } = await httpsServer(server, (request, reply) => reply.end())
    const pool = open({ maxSockets: 1 })
    const agent = pool.getHttpsAgent()
    expect(await outcome(() => https.get(url, { agent, ca, ...options }))).toEqual(await nodes(options))
    await until(() => pool.getMetrics().currentPoolSize === 0)
    await pool.drain()
    expect(agent.sockets).toEqual({})
  })
})

test('it is thrown though the request would have to wait', async () => {
  const { url, server: origin } = await httpsServer(server, () => {})
  const pool = open({ maxSockets: 1, tls: { ca } })
  const agent = pool.getHttpsAgent()
  const held = https.get(url, { agent }).on('error', () => {})
  await once(origin, 'request')
  expect(await outcome(() => https.get(url, { agent, session: 5 }))).toMatchObject({ way: 'thrown', code: 'ERR_INVALID_ARG_TYPE' })
  expect(agent.requests).toEqual({})
  held.destroy()
  await pool.drain()
})

test('connectTimeout holds for the handshake too, and ends it as the engine ends its own', async () => {
  const { port } = await tcpServer(() => {})
  const pool = open({ tls: { ca }, perHostPools: { silent: { hosts: [`localhost:${port}`], connectTimeout: 200 } } })
  const agent = pool.getHttpsAgent()
  const url = `https://localhost:${port}/`
  const [own, nodes] = await Promise.all([{}, { ciphers: 'DEFAULT' }].map(options => rejection(exchange(url, { agent, ...options }))))
  const { code, phase, message, origin } = own
  expect(nodes).toMatchObject({ name: 'PoolError', code, phase, message, origin })
  expect(code).toBe('ERR_POOL_CONNECT_TIMEOUT')
  await until(() => pool.getMetrics().currentPoolSize === 0)
})

test('a handshake that is over is timed no more', async () => {
  const { url, server: origin } = await httpsServer(server, () => {})
  const { port } = await tcpServer(() => {})
  const agent = open({ tls: { ca }, connectTimeout: 300 }).getHttpsAgent()
  const request = https.get(url, { agent, ciphers: 'DEFAULT' })
  const [, reply] = await once(origin, 'request')
  await rejection(exchange(`https://localhost:${port}/`, { agent, ciphers: 'DEFAULT' }))
  reply.end()
  const [response] = await once(request, 'response')
  response.resume()
})

/**
 * What a pool has counted and told of one request over Node's TLS.
 * @param {any} pool
 * @param {string} url
 * @param {(request: import('node:http').ClientRequest) => void} [then] once it has its socket
 */
async function counted (pool, url, then = () => {}) {
  const told = jest.fn()
  pool.on('request_error', told)
  const request = https.get(url, { agent: pool.getHttpsAgent(), ciphers: tls.DEFAULT_CIPHERS })
  request.once('socket', () => then(request))
  const [error] = await once(request, 'error')
  await once(request, 'close')
  await until(() => told.mock.calls.length > 0 || pool.getMetrics().aborted > 0)
  const { errors, timeouts } = pool.getMetrics()
  return { code: error.code, errors, timeouts, told: told.mock.calls.map(([{ error: of, type }]) => [of === error, type]) }
}

test('a handshake that takes too long is counted and told of, once', async () => {
  const { port } = await tcpServer(() => {})
  expect(await counted(open({ connectTimeout: 200 }), `https://localhost:${port}/`))
    .toEqual({ code: 'ERR_POOL_CONNECT_TIMEOUT', errors: 1, timeouts: 1, told: [[true, 'timeout']] })
})

test('so is a certificate that nobody trusts', async () => {
  const { url } = await httpsServer(server, () => {})
  expect(await counted(open(), url)).toEqual({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', errors: 1, timeouts: 0, told: [[true, 'error']] })
})

test('so is a connection that is refused, by the engine', async () => {
  const { port, server: gone } = await tcpServer(() => {})
  await new Promise(resolve => gone.close(resolve))
  expect(await counted(open(), `https://localhost:${port}/`)).toMatchObject({ code: 'ECONNREFUSED', errors: 1, timeouts: 0, told: [[true, 'error']] })
})

test('what its caller destroys is no failure', async () => {
  const { port } = await tcpServer(() => {})
  expect(await counted(open(), `https://localhost:${port}/`, request => request.destroy(new Error('enough'))))
    .toMatchObject({ errors: 0, timeouts: 0, told: [] })
})

test.each(['unread', 'read'])('a whole reply that is %s is no error where its server ends without a goodbye', async how => {
  const origin = tls.createServer(server, socket => {
    socket.on('error', () => {}).once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello')
      setImmediate(() => socket.destroy())
    })
  }).listen(0)
  await once(origin, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (origin.address())
  const request = https.get(`https://localhost:${port}/`, { agent: open({ tls: { ca } }).getHttpsAgent(), ciphers: tls.DEFAULT_CIPHERS })
  const errors = []
  request.on('error', error => errors.push(error))
  const [response] = await once(request, 'response')
  if (how === 'read') response.resume()
  await once(request, 'close')
  expect(errors).toEqual([])
  origin.close()
})
