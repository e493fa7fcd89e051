'use strict'

// Options and methods that Node's own agents honour and the engine does not have: they are Node's here too, and never passed over.

const http = require('node:http')
const https = require('node:https')
const net = require('node:net')
const { once } = require('node:events')
const { Workshop } = require('../support/certificates')
const { deferred, rejection } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { closedPort, httpServer, httpsServer } = require('../support/servers')
const { exchange } = require('./exchange')

const workshop = new Workshop()
const ca = workshop.root.cert
const server = workshop.issue('localhost')
const told = (request, reply) => reply.end('x')

/** What comes of a request by Node's agent and by the pool's: a status, or the error with the moment at which it came. */
async function both (url, options, Agent = http.Agent) {
  const pool = open()
  const agents = [new Agent(), Agent === http.Agent ? pool.getHttpAgent() : pool.getHttpsAgent()]
  return Promise.all(agents.map(agent => outcome(url, { agent, ...options })))
}

async function outcome (url, options) {
  let answered
  try {
    answered = exchange(url, options)
  } catch (error) {
    return ['thrown', error.name, error.code, error.message]
  }
  return answered.then(({ status }) => ['reply', status], error => ['later', error.name, error.code])
}

test('TLS is spoken over the socket that a request brings, wherever its host is', async () => {
  const { port } = await httpsServer(server, told)
  const elsewhere = `https://localhost:${await closedPort()}`
  const socket = net.connect(port)
  expect((await exchange(elsewhere, { agent: open().getHttpsAgent(), ca, socket })).status).toBe(200)
})

test('a socket that a request brings goes by no proxy', async () => {
  const { port } = await httpsServer(server, told)
  const pool = open({ proxy: `http://127.0.0.1:${await closedPort()}` })
  const socket = net.connect(port)
  expect((await exchange('https://localhost:1', { agent: pool.getHttpsAgent(), ca, socket })).status).toBe(200)
})

test('a blocked address is as blocked as with Node', async () => {
  const { url } = await httpServer(told)
  const blockList = new net.BlockList()
  blockList.addAddress('127.0.0.1')
  const [node, pool] = await both(url, { blockList })
  expect(pool).toEqual(node)
})

test.each([
  ['autoSelectFamily', 'x'], ['autoSelectFamilyAttemptTimeout', 'x'], ['autoSelectFamilyAttemptTimeout', -1], ['objectMode', true],
  ['readableObjectMode', true], ['highWaterMark', -1], ['fd', 'x'], ['handle', 5], ['blockList', 5], ['typeOfService', 'x']
])('%s %p is refused as Node refuses it, and when', async (option, value) => {
  const { url } = await httpServer(told)
  const [node, pool] = await both(url, { [option]: value })
  expect(pool).toEqual(node)
})

test.each([['ticketKeys', 5], ['sessionTimeout', 'x'], ['socket', 5]])('%s %p is refused as Node refuses it, and when', async (option, value) => {
  const { url } = await httpsServer(server, told)
  const [node, pool] = await both(url, { ca, [option]: value }, https.Agent)
  expect(pool).toEqual(node)
})

test('what says of a connection only what is done anyway, or tunes a socket of Node\'s, takes none of Node\'s', async () => {
  const { url } = await httpServer(told)
  const pool = open()
  await exchange(url, { agent: pool.getHttpAgent(), autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 250, allowHalfOpen: false, highWaterMark: 65536 })
  expect(pool.getMetrics().connectionsCreated).toBe(1)
})

test('which family is tried says nothing where it is a proxy that is dialled', async () => {
  const { url, server: proxy } = await httpServer(told)
  proxy.on('connect', (request, socket) => net.connect(new URL(url).port).on('connect', function () {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    socket.pipe(this).pipe(socket)
  }))
  const agent = open({ proxy: url }).getHttpAgent()
  expect((await exchange('http://some.test', { agent, autoSelectFamily: false })).status).toBe(200)
})

test('a createConnection of one\'s own is told why it goes by no proxy', async () => {
  const agent = open({ proxy: `http://127.0.0.1:${await closedPort()}` }).getHttpAgent()
  const { createConnection } = agent
  agent.createConnection = function (...args) { return createConnection.apply(this, args) }
  expect((await rejection(exchange('http://some.test', { agent }))).message).toMatch(/^a createConnection of one's own, /)
})

test('a createConnection of one\'s own may use the socket that the agent\'s gives', async () => {
  const { url } = await httpsServer(server, told)
  const agent = open({ tls: { ca } }).getHttpsAgent()
  const { createConnection } = agent
  const seen = []
  agent.createConnection = function (options, done) {
    const socket = createConnection.call(this, options, done)
    socket.on('lookup', (...args) => seen.push(args[1]))
    return socket
  }
  expect((await exchange(url, { agent })).status).toBe(200)
  expect(seen).toContain('127.0.0.1')
})

test('createConnection with a callback gives its socket at once, as Node\'s does', async () => {
  const { port } = await httpsServer(server, told)
  const agent = open({ tls: { ca } }).getHttpsAgent()
  const handed = deferred()
  const socket = agent.createConnection({ host: 'localhost', port, servername: 'localhost' }, (error, given) => error ? handed.reject(error) : handed.resolve(given))
  expect(await handed.promise).toBe(socket)
  await once(socket, 'secureConnect')
  socket.destroy()
})

test('createConnection takes a port and a host, as net.connect does', async () => {
  const { port } = await httpServer(told)
  const socket = open().getHttpAgent().createConnection(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.destroy()
})

test('createConnection of a pool that is gone gives nothing', () => {
  const pool = open()
  const agent = pool.getHttpAgent()
  pool.destroy()
  expect(() => agent.createConnection({ host: '127.0.0.1', port: 1 })).toThrow(expect.objectContaining({ code: 'ERR_POOL_DESTROYED' }))
})

test('a request that is to take one family only has its lookup asked for one', async () => {
  const { port } = await httpServer(told)
  const asked = []
  const lookup = (host, options, done) => {
    asked.push(options.all)
    done(null, '127.0.0.1', 4)
  }
  await exchange(`http://some.test:${port}`, { agent: open().getHttpAgent(), autoSelectFamily: false, lookup })
  expect(asked).toEqual([undefined])
})

test('allowHalfOpen leaves an upgraded socket writable after the end of its peer', async () => {
  const heard = deferred()
  const { url, server } = await httpServer(() => {})
  server.on('upgrade', (request, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n')
    socket.on('data', heard.resolve)
  })
  const request = http.get(url, { agent: open().getHttpAgent(), allowHalfOpen: true, headers: { connection: 'upgrade', upgrade: 'x' } })
  const [, socket] = await once(request, 'upgrade')
  socket.resume()
  await once(socket, 'end')
  socket.end('late')
  expect(String(await heard.promise)).toBe('late')
})

test('a createConnection of one\'s own may refuse where a request goes', async () => {
  const { url } = await httpServer(told)
  const agent = open().getHttpAgent()
  agent.createConnection = options => { throw new Error(`not to ${options.host}`) }
  await expect(async () => exchange(url, { agent })).rejects.toThrow('not to 127.0.0.1')
})

test('a createConnection of one\'s own that calls the agent\'s has a connection', async () => {
  const { url } = await httpsServer(server, told)
  const agent = open({ tls: { ca } }).getHttpsAgent()
  const { createConnection } = agent
  const asked = []
  agent.createConnection = function (options, done) {
    asked.push(options.host)
    return createConnection.call(this, options, done)
  }
  expect((await exchange(url, { agent })).status).toBe(200)
  expect(asked).toEqual(['localhost'])
})

test('cacheable-lookup is asked once it is installed on an agent', async () => {
  const { port } = await httpServer(told)
  const { stdout, stderr } = await runChild(`
    const { default: CacheableLookup } = await import('cacheable-lookup')
    const pool = new ConnectionPoolManager()
    const agent = pool.getHttpAgent()
    const resolve4 = (host, options, done) => done(null, [{ address: '127.0.0.1', ttl: 60 }])
    const resolve6 = (host, options, done) => done(null, [])
    new CacheableLookup({ resolver: { resolve4, resolve6 } }).install(agent)
    require('node:http').get('http://only.it.knows.test:${port}', { agent }, reply => { console.log(reply.statusCode); reply.resume().on('end', () => pool.destroy()) })
  `)
  expect([stdout, stderr]).toEqual(['200\n', ''])
})

test.each(['http', 'https'])('createConnection of an agent of %s gives a socket to who calls it by himself', async scheme => {
  const { port } = scheme === 'http' ? await httpServer(told) : await httpsServer(server, told)
  const pool = open({ tls: { ca } })
  const agent = scheme === 'http' ? pool.getHttpAgent() : pool.getHttpsAgent()
  const socket = agent.createConnection({ host: 'localhost', port, servername: 'localhost' })
  await once(socket, scheme === 'http' ? 'connect' : 'secureConnect')
  expect(socket).toBeInstanceOf(net.Socket)
  socket.destroy()
})

test('no text in a certificate passes for another option', async () => {
  const { url } = await httpsServer(server, told)
  const agent = open().getHttpsAgent()
  const other = String(workshop.authority('Other').cert).trimEnd()
  expect((await exchange(url, { agent, ca: other, rejectUnauthorized: false })).status).toBe(200)
  for (const forged of ['\nrejectUnauthorized=boolean:false', '","rejectUnauthorized","boolean:false', '\',rejectUnauthorized:boolean:false']) {
    expect((await rejection(exchange(url, { agent, ca: other + forged }))).code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  }
})

describe.each(['http', 'https'])('over %s', scheme => {
  test('what is written to an upgraded socket right before its end arrives', async () => {
    const heard = []
    const { url, server: listening } = scheme === 'http' ? await httpServer(() => {}) : await httpsServer(server, () => {})
    const closed = deferred()
    listening.on('upgrade', (request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n')
      socket.on('data', data => heard.push(String(data))).on('error', () => {}).on('end', () => closed.resolve(socket.destroy()))
    })
    const pool = open({ tls: { ca } })
    const { request } = scheme === 'http' ? http : https
    const asking = request(url, { agent: pool.getAgentForUrl(url), headers: { connection: 'upgrade', upgrade: 'x' } }).end()
    const [, socket] = await once(asking, 'upgrade')
    socket.on('error', () => {})
    socket.write('bye')
    socket.destroy()
    await closed.promise
    expect(heard.join('')).toBe('bye')
  })
})
