'use strict'

// Options of a request that decide how its connection is made.

const dns = require('node:dns')
const http = require('node:http')
const https = require('node:https')
const os = require('node:os')
const path = require('node:path')
const { AsyncLocalStorage } = require('node:async_hooks')
const { randomUUID } = require('node:crypto')
const { once } = require('node:events')
const { Workshop } = require('../support/certificates')
const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer, httpsServer } = require('../support/servers')
const { exchange } = require('./exchange')

const workshop = new Workshop()
const ca = workshop.root.cert
const server = workshop.issue('localhost')
const client = workshop.issue('client')
const told = (request, reply) => reply.end(JSON.stringify({
  client: request.socket.getPeerCertificate?.()?.subject?.CN, servername: request.socket.servername, from: request.socket.remoteAddress, version: request.socket.getProtocol?.()
}))
const wanting = { ...server, ca, requestCert: true, rejectUnauthorized: true }
const faceOf = async (url, options) => {
  const request = https.get(url, options)
  const [response] = await once(request, 'response')
  const { authorized, authorizationError } = response.socket
  response.resume()
  await once(response, 'end')
  return { authorized, authorizationError }
}
const heard = async (url, options) => JSON.parse((await exchange(url, options)).body)

test('ca is whom a request trusts', async () => {
  const { url } = await httpsServer(server, told)
  const agent = open().getHttpsAgent()
  expect((await exchange(url, { agent, ca })).status).toBe(200)
  expect((await rejection(exchange(url, { agent }))).code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
})

test('who has no certificate for a server that wants one hears of it in Node\'s words, once the handshake is over too', async () => {
  const { url } = await httpsServer(wanting, told)
  const { code } = await rejection(exchange(url, { agent: open().getHttpsAgent(), ca }))
  expect(code).toBe('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')
  expect((await rejection(exchange(url, { agent: new https.Agent(), ca }))).code).toBe(code)
})

test('a bundle of several certificates is trusted whole', async () => {
  const { url } = await httpsServer(server, told)
  const bundle = [Buffer.from(workshop.authority('Other').cert), ca]
  expect((await exchange(url, { agent: open().getHttpsAgent(), ca: bundle })).status).toBe(200)
})

test('a list of certificates that was changed since the last request is read anew', async () => {
  const { url } = await httpsServer(server, told)
  const agent = open().getHttpsAgent()
  const trusted = [Buffer.from(workshop.authority('Other').cert)]
  expect((await rejection(exchange(url, { agent, ca: trusted }))).code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  trusted.push(ca)
  expect((await exchange(url, { agent, ca: trusted })).status).toBe(200)
})

test('an option that was written on the agent holds from the next request on', async () => {
  const { url } = await httpsServer(server, told)
  const agent = open().getHttpsAgent()
  expect((await rejection(exchange(url, { agent }))).code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  agent.options.rejectUnauthorized = false
  expect((await exchange(url, { agent })).status).toBe(200)
  delete agent.options.rejectUnauthorized
  expect((await rejection(exchange(url, { agent }))).code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
})

test("who listens for 'free' is told the options of the request", async () => {
  const { url } = await httpServer(told)
  const agent = open().getHttpAgent()
  const free = once(agent, 'free')
  await exchange(url, { agent, headers: { 'x-own': '1' } })
  const [, options] = await free
  expect(options).toMatchObject({ host: '127.0.0.1', headers: { 'x-own': '1' }, path: null })
})

test('cert and key are shown to the server', async () => {
  const { url } = await httpsServer(wanting, told)
  expect(await heard(url, { agent: open().getHttpsAgent(), ca, cert: client.cert, key: client.key })).toMatchObject({ client: 'client' })
})

test('a key with a passphrase is read with it', async () => {
  const { url } = await httpsServer(wanting, told)
  const key = workshop.locked(client, 'open sesame')
  expect(await heard(url, { agent: open().getHttpsAgent(), ca, cert: client.cert, key, passphrase: 'open sesame' })).toMatchObject({ client: 'client' })
})

test('pfx is shown to the server, and vouches for it', async () => {
  const { url } = await httpsServer(wanting, told)
  expect(await heard(url, { agent: open().getHttpsAgent(), pfx: workshop.pfx(client, 'open sesame'), passphrase: 'open sesame' })).toMatchObject({ client: 'client' })
})

test('a pfx that cannot be read is refused in Node\'s words', async () => {
  const { url } = await httpsServer(wanting, told)
  const options = { pfx: workshop.pfx(client, 'open sesame'), passphrase: 'wrong' }
  const fault = agent => { try { https.get(url, { ...options, agent }).on('error', () => {}) } catch (error) { return error.message } }
  expect(fault(open().getHttpsAgent())).toBe(fault(new https.Agent()))
})

test('requests of different certificates share no connection', async () => {
  const { url } = await httpsServer(wanting, told)
  const agent = open().getHttpsAgent()
  const other = workshop.issue('other')
  const seen = []
  for (const { cert, key } of [client, other, client, other]) {
    const { body, reused } = await exchange(url, { agent, ca, cert, key })
    seen.push([JSON.parse(body).client, reused])
  }
  expect(seen).toEqual([['client', false], ['other', false], ['client', true], ['other', true]])
})

test('rejectUnauthorized: false lets everybody in, says who, and lends the connection to nobody who asks', async () => {
  const { url } = await httpsServer(server, told)
  const agent = open().getHttpsAgent()
  expect(await faceOf(url, { agent, rejectUnauthorized: false })).toEqual({ authorized: false, authorizationError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  expect((await rejection(exchange(url, { agent }))).code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
})

test('rejectUnauthorized: true holds over the pool\'s', async () => {
  const { url } = await httpsServer(server, told)
  const agent = open({ tls: { rejectUnauthorized: false } }).getHttpsAgent()
  expect((await exchange(url, { agent })).status).toBe(200)
  expect((await rejection(exchange(url, { agent, rejectUnauthorized: true }))).code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
})

test('servername is asked for and verified', async () => {
  const named = workshop.issue('named.test')
  const { url } = await httpsServer(named, told)
  const agent = open().getHttpsAgent()
  expect(await heard(url, { agent, ca, servername: 'named.test' })).toMatchObject({ servername: 'named.test' })
  expect((await rejection(exchange(url, { agent, ca }))).code).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
})

test('without servername the Host field names the server, as in Node', async () => {
  const { url } = await httpsServer(workshop.issue('named.test'), told)
  expect(await heard(url, { agent: open().getHttpsAgent(), ca, headers: { host: 'named.test:8443' } })).toMatchObject({ servername: 'named.test' })
})

test.each(['TLSv1.2', 'TLSv1.3'])('minVersion and maxVersion %s are what is spoken', async version => {
  const { url } = await httpsServer(server, told)
  expect(await heard(url, { agent: open().getHttpsAgent(), ca, minVersion: version, maxVersion: version })).toMatchObject({ version })
})

test('checkServerIdentity judges in the place of the comparison of names', async () => {
  const { url } = await httpsServer(workshop.issue('elsewhere.test'), told)
  const asked = []
  const checkServerIdentity = (host, certificate) => { asked.push(host, certificate.subject.CN, certificate.issuerCertificate.subject.CN) }
  expect((await exchange(url, { agent: open().getHttpsAgent(), ca, checkServerIdentity })).status).toBe(200)
  expect(asked).toEqual(['localhost', 'elsewhere.test', 'Root'])
})

test('what checkServerIdentity gives is the error of the request', async () => {
  const { url } = await httpsServer(server, told)
  const fault = Object.assign(new Error('not whom I know'), { code: 'E_STRANGER' })
  expect(await rejection(exchange(url, { agent: open().getHttpsAgent(), ca, checkServerIdentity: () => fault }))).toBe(fault)
})

test('what checkServerIdentity finds under rejectUnauthorized: false is authorizationError', async () => {
  const { url } = await httpsServer(server, told)
  const checkServerIdentity = () => Object.assign(new Error('not whom I know'), { code: 'E_STRANGER' })
  expect(await faceOf(url, { agent: open().getHttpsAgent(), ca, checkServerIdentity, rejectUnauthorized: false })).toEqual({ authorized: false, authorizationError: 'E_STRANGER' })
})

test('what it finds without a code is told by its message, as with Node', async () => {
  const { url } = await httpsServer(server, told)
  const options = { ca, checkServerIdentity: () => new Error('not whom I know'), rejectUnauthorized: false }
  expect(await faceOf(url, { agent: open().getHttpsAgent(), ...options })).toEqual(await faceOf(url, { agent: new https.Agent(), ...options }))
})

test('a connection that one checkServerIdentity let in serves no other', async () => {
  const { url } = await httpsServer(server, told)
  const agent = open().getHttpsAgent()
  await exchange(url, { agent, ca, checkServerIdentity: () => undefined })
  const fault = new Error('no')
  expect(await rejection(exchange(url, { agent, ca, checkServerIdentity: () => fault }))).toBe(fault)
})

test('lookup says where a name is', async () => {
  const { port } = await httpServer(told)
  const pool = open()
  const asked = []
  const lookup = (name, options, done) => { asked.push(name); dns.lookup('127.0.0.1', options, done) }
  const { status } = await exchange(`http://somewhere.test:${port}/`, { agent: pool.getHttpAgent(), lookup })
  expect([status, asked, pool.getMetrics().totalRequests]).toEqual([200, ['somewhere.test'], 1])
})

test('lookup is asked once for a connection, not for each request', async () => {
  const { port } = await httpServer(told)
  const agent = open().getHttpAgent()
  const lookup = jest.fn((name, options, done) => dns.lookup('127.0.0.1', options, done))
  for (let i = 0; i < 3; i++) await exchange(`http://somewhere.test:${port}/`, { agent, lookup })
  expect(lookup).toHaveBeenCalledTimes(1)
})

test('the error of a lookup is the error of the request', async () => {
  const fault = Object.assign(new Error('I know nobody'), { code: 'ENOTFOUND' })
  expect(await rejection(exchange('http://somewhere.test/', { agent: open().getHttpAgent(), lookup: (name, options, done) => done(fault) }))).toBe(fault)
})

test('a lookup that throws is the error of the request', async () => {
  const fault = new Error('I know nobody')
  expect(await rejection(exchange('http://somewhere.test/', { agent: open().getHttpAgent(), lookup: () => { throw fault } }))).toBe(fault)
})

test('a lookup that gives no address is refused with Node\'s code', async () => {
  const error = await rejection(exchange('http://somewhere.test/', { agent: open().getHttpAgent(), family: 4, lookup: (name, options, done) => done(null, 'nowhere', 4) }))
  expect(error).toMatchObject({ code: 'ERR_INVALID_IP_ADDRESS', message: 'Invalid IP address: nowhere' })
})

test('a lookup runs in the context of its request', async () => {
  const { port } = await httpServer(told)
  const [storage, seen] = [new AsyncLocalStorage(), []]
  const lookup = (name, options, done) => { seen.push(storage.getStore()); dns.lookup('127.0.0.1', options, done) }
  const pool = open({ keepAlive: false })
  for (const name of ['first', 'second']) await storage.run(name, () => exchange(`http://somewhere.test:${port}/`, { agent: pool.getHttpAgent(), lookup }))
  expect(seen).toEqual(['first', 'second'])
})

test('an address is looked up by nobody', async () => {
  const { url } = await httpServer(told)
  const lookup = jest.fn()
  expect((await exchange(url, { agent: open().getHttpAgent(), lookup })).status).toBe(200)
  expect(lookup).not.toHaveBeenCalled()
})

test('localAddress is where a request comes from', async () => {
  const { url } = await httpServer(told)
  const agent = open().getHttpAgent()
  expect(await heard(url, { agent, localAddress: '127.0.0.2' })).toMatchObject({ from: '127.0.0.2' })
  expect(await heard(url, { agent })).toMatchObject({ from: '127.0.0.1' })
})

test('family 4 dials IPv4 alone', async () => {
  const { port } = await httpServer(told)
  expect(await heard(`http://localhost:${port}/`, { agent: open().getHttpAgent(), family: 4 })).toMatchObject({ from: '127.0.0.1' })
})

test('family 6 never dials IPv4', async () => {
  const { port } = await httpServer(told)
  const error = await rejection(exchange(`http://localhost:${port}/`, { agent: open().getHttpAgent(), family: 6 }))
  expect(error.code).toMatch(/^(ECONNREFUSED|ENOTFOUND|EADDRNOTAVAIL|ENETUNREACH)$/)
})

const onUnix = process.platform === 'win32' ? test.skip : test

onUnix('socketPath is dialled in the place of the host, and its connection kept', async () => {
  const socketPath = path.join(os.tmpdir(), `rag-pool-${randomUUID()}.sock`)
  const unix = http.createServer((request, reply) => reply.end(request.url)).listen(socketPath)
  await once(unix, 'listening')
  const pool = open()
  const agent = pool.getHttpAgent()
  const first = await exchange('http://anything.test/first', { agent, socketPath })
  const second = await exchange('http://anything.test/second', { agent, socketPath })
  expect([String(first.body), first.reused, String(second.body), second.reused]).toEqual(['/first', false, '/second', true])
  expect(pool.getMetrics().connectionsCreated).toBe(1)
  pool.destroy()
  unix.close()
  await once(unix, 'close')
})

onUnix('a socketPath that is not there is ENOENT, with Node\'s sentence', async () => {
  const error = await rejection(exchange('http://anything.test/', { agent: open().getHttpAgent(), socketPath: '/nowhere/at.sock' }))
  expect(error).toMatchObject({ code: 'ENOENT', syscall: 'connect', address: '/nowhere/at.sock', message: 'connect ENOENT /nowhere/at.sock' })
})

onUnix('one that is not there is no name that was found', async () => {
  const heard = jest.fn()
  const request = http.get({ agent: open().getHttpAgent(), socketPath: '/nowhere/at.sock' })
  request.on('socket', socket => socket.on('lookup', heard))
  await once(request, 'error')
  expect(heard).not.toHaveBeenCalled()
})

test.each([
  ['expired', { until: '20210101000000Z' }],
  ['not yet valid', { from: '20480101000000Z' }],
  ['for another name', { name: 'elsewhere.test' }],
  ['signed by itself', { issuer: null }],
  ['of an unknown authority', { stranger: true }]
])('a certificate %s is refused with Node\'s code', async (_, { name = 'localhost', stranger = false, ...order }) => {
  const issuer = stranger ? { issuer: workshop.authority('Stranger') } : {}
  const { url } = await httpsServer(workshop.issue(name, { ...order, ...issuer }), told)
  const code = async agent => (await rejection(exchange(url, { agent, ca }))).code
  expect(await code(open().getHttpsAgent())).toBe(await code(new https.Agent()))
})
