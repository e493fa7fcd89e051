'use strict'

// A socket that a request has for its own, after CONNECT or a 101, is used for what it likes: its agent has no part in it.

const { once } = require('node:events')
const http = require('node:http')
const https = require('node:https')
const tls = require('node:tls')
const { Workshop } = require('../support/certificates')
const { deferred, rejection, settled, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer, httpsServer, left, tcpServer } = require('../support/servers')
const { exchange } = require('./exchange')

const workshop = new Workshop()
const ca = workshop.root.cert
const server = workshop.issue('localhost')
const OPENSSLS = { ciphers: tls.DEFAULT_CIPHERS }

/** Who speaks on the connection, and how it comes to be its request's own. */
const WAYS = [
  ['http', 'connect', {}], ['http', 'upgrade', {}], ['https', 'connect', {}], ['https', 'upgrade', {}],
  ['https', 'connect', OPENSSLS], ['https', 'upgrade', OPENSSLS]
].map(([scheme, by, options]) => [`${by} over ${scheme}${options === OPENSSLS ? ' of Node\'s' : ''}`, { scheme, by, options }])

const HEADS = { connect: '200 OK', upgrade: '101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: inner' }
const ASKED = { connect: { method: 'CONNECT', path: 'localhost:80' }, upgrade: { headers: { connection: 'Upgrade', upgrade: 'inner' } } }

/** A server behind whose tunnels is another, and how one gets there. */
async function tunnels ({ scheme, by, options }) {
  const inner = http.createServer((request, reply) => reply.end(request.url))
  const { server: outer, url } = scheme === 'http' ? await httpServer(() => {}) : await httpsServer(server, () => {})
  const sockets = new Set()
  left.push(() => sockets.forEach(socket => socket.destroy()))
  outer.on(by, (request, socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).write(`HTTP/1.1 ${HEADS[by]}\r\n\r\n`)
    inner.emit('connection', socket)
  })
  return async agent => {
    const [, socket] = await once((scheme === 'http' ? http : https).request(url, { agent, ca, ...ASKED[by], ...options }).end(), by)
    return socket
  }
}

const agentOf = (pool, scheme) => scheme === 'http' ? pool.getHttpAgent() : pool.getHttpsAgent()

test.each(WAYS)('a socket that is its request\'s own has no listeners of its agent: %s', async (_, way) => {
  const tunnel = await tunnels(way)
  const socket = await tunnel(agentOf(open(), way.scheme))
  expect(['free', 'agentRemove', 'error'].map(event => socket.listenerCount(event))).toEqual([0, 0, 0])
  socket.destroy()
})

test.each(WAYS)('requests of another agent go through one tunnel, one after the other: %s', async (_, way) => {
  const tunnel = await tunnels(way)
  const outer = agentOf(open(), way.scheme)
  const freed = jest.fn()
  outer.on('free', freed)
  const made = []
  const agent = new http.Agent({ keepAlive: true })
  agent.createConnection = (_options, done) => {
    void tunnel(outer).then(socket => done(null, made[made.push(socket) - 1]), done)
  }
  for (const reused of [false, true, true]) {
    expect(await exchange('http://inner/', { agent })).toMatchObject({ status: 200, reused })
    await until(() => Object.keys(agent.freeSockets).length === 1)
  }
  expect([made.map(({ destroyed }) => destroyed), freed.mock.calls]).toEqual([[false], []])
  expect([outer.sockets, outer.freeSockets]).toEqual([{}, {}])
  agent.destroy()
})

test.each(WAYS)('that a connection is reset which is its request\'s own is no failure of the pool: %s', async (_, { scheme, by, options }) => {
  const { server: outer, url } = scheme === 'http' ? await httpServer(() => {}) : await httpsServer(server, () => {})
  const raw = deferred()
  outer.on('connection', raw.resolve)
  outer.on(by, (request, socket) => socket.on('error', () => {}).write(`HTTP/1.1 ${HEADS[by]}\r\n\r\n`))
  const pool = open()
  const told = jest.fn()
  pool.on('request_error', told)
  const [, socket] = await once((scheme === 'http' ? http : https).request(url, { agent: agentOf(pool, scheme), ca, ...ASKED[by], ...options }).end(), by)
  const closed = new Promise(resolve => socket.on('error', () => {}).on('close', resolve))
  const connection = await raw.promise
  await until(() => pool.getMetrics().detached === 1)
  connection.resetAndDestroy()
  await closed
  await settled(() => told.mock.calls.length, () => new Promise(resolve => { setImmediate(resolve) }))
  expect(told).not.toHaveBeenCalled()
  expect(pool.getMetrics()).toMatchObject({ errors: 0, aborted: 0, detached: 1 })
})

test('what OpenSSL finds wrong in a tunnel is no failure of the pool', async () => {
  const heard = deferred()
  const inner = tls.createServer(server, secure => {
    secure.on('error', () => {}).once('data', () => {
      secure.write('HTTP/1.1 200 OK\r\n\r\n')
      secure.once('data', heard.resolve)
    })
  })
  const { port, sockets } = await tcpServer(socket => inner.emit('connection', socket))
  const pool = open()
  const told = jest.fn()
  pool.on('request_error', told)
  const request = https.request({ host: 'localhost', port, agent: pool.getHttpsAgent(), ca, ...ASKED.connect, ...OPENSSLS }).end()
  const [, socket] = await once(request, 'connect')
  const failed = rejection(exchange('http://inner/', { createConnection: () => socket }))
  await heard.promise
  for (const raw of sockets) raw.write('no record of TLS')
  expect(await failed).toMatchObject({ code: expect.stringMatching(/^ERR_SSL_/) })
  const { url } = await httpServer((_, reply) => reply.end())
  await settled(() => told.mock.calls.length, () => exchange(url, { agent: pool.getHttpAgent() }))
  expect(told).not.toHaveBeenCalled()
  expect(pool.getMetrics()).toMatchObject({ errors: 0 })
})
