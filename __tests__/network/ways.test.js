'use strict'

// Options of a pool that decide how its connections are made: one table for each way in.

const dns = require('node:dns')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const { AsyncLocalStorage } = require('node:async_hooks')
const { createPrivateKey, randomUUID } = require('node:crypto')
const { once } = require('node:events')
const { exchange } = require('../agents/exchange')
const { rejection } = require('../support/awaiting')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')
const { httpServer, httpsServer, left } = require('../support/servers')

const workshop = new Workshop()
const ca = workshop.root.cert
const server = workshop.issue('localhost')
const client = workshop.issue('client')
const told = (request, reply) => reply.end(JSON.stringify({
  client: request.socket.getPeerCertificate?.()?.subject?.CN, servername: request.socket.servername, from: request.socket.remoteAddress, host: request.headers.host
}))
const wanting = { ...server, ca, requestCert: true, rejectUnauthorized: true }

/** What a server hears of a request, by each way into a pool. */
const WAYS = {
  'pool.request': async (pool, url) => (await pool.request(url)).body.json(),
  'pool.fetch': async (pool, url) => (await pool.fetch(url)).json(),
  'an agent': async (pool, url) => JSON.parse(String((await exchange(url, { agent: pool.getAgentForUrl(url) })).body))
}

/** The error behind a failed fetch. */
const failure = async promise => {
  const error = await rejection(promise)
  return error.message === 'fetch failed' ? error.cause : error
}

/** An error of a user's own as it comes out: by an agent itself, as with Node, and elsewhere as the cause of one that knows the phase. */
const ownError = async promise => {
  const error = await failure(promise)
  return error.name === 'PoolError' ? [error.phase, error.code, error.message, error.cause] : error
}
const comesOut = (received, fault, phase) => expect(received).toEqual(Array.isArray(received) ? [phase, fault.code, fault.message, fault] : fault)

/** A server on a Unix socket of its own. */
async function unixServer (listener) {
  const socketPath = path.join(os.tmpdir(), `rag-pool-${randomUUID()}.sock`)
  const unix = http.createServer(listener).listen(socketPath)
  await once(unix, 'listening')
  left.push(() => new Promise(resolve => { unix.close(resolve); unix.closeAllConnections() }))
  return socketPath
}

const onUnix = process.platform === 'win32' ? test.skip : test
const loopback = (name, options, done) => dns.lookup('127.0.0.1', options, done)

describe.each(Object.entries(WAYS))('of a pool, for %s,', (way, send) => {
  test('lookup says where a name is, once for a connection', async () => {
    const { port } = await httpServer(told)
    const lookup = jest.fn(loopback)
    const pool = open({ lookup })
    for (let i = 0; i < 3; i++) expect(await send(pool, `http://somewhere.test:${port}/`)).toMatchObject({ host: `somewhere.test:${port}` })
    expect(lookup.mock.calls.map(([name]) => name)).toEqual(['somewhere.test'])
  })

  test('lookup is not asked about an address', async () => {
    const { url } = await httpServer(told)
    const lookup = jest.fn()
    await send(open({ lookup }), `${url}/`)
    expect(lookup).not.toHaveBeenCalled()
  })

  test('the error that a lookup gives is the error of the request', async () => {
    const fault = Object.assign(new Error('I know nobody'), { code: 'ENOTFOUND' })
    const pool = open({ lookup: (name, options, done) => done(fault) })
    comesOut(await ownError(send(pool, 'http://somewhere.test/')), fault, 'dns')
  })

  test('a lookup that throws what has no code is told of as the user\'s', async () => {
    const pool = open({ lookup: () => { throw new Error('I know nobody') } })
    expect(await failure(send(pool, 'http://somewhere.test/'))).toMatchObject({ message: 'I know nobody', ...way === 'an agent' ? {} : { code: 'ERR_POOL_USER' } })
  })

  test('a lookup runs in the async context of its request', async () => {
    const { port } = await httpServer(told)
    const [storage, seen] = [new AsyncLocalStorage(), []]
    const lookup = (name, options, done) => { seen.push(storage.getStore()); loopback(name, options, done) }
    const pool = open({ lookup, keepAlive: false })
    for (const name of ['first', 'second']) await storage.run(name, () => send(pool, `http://somewhere.test:${port}/`))
    expect(seen).toEqual(['first', 'second'])
  })

  test('a lookup of some hosts is asked about those alone', async () => {
    const { port } = await httpServer(told)
    const [own, all] = [jest.fn(loopback), jest.fn(loopback)]
    const pool = open({ lookup: all, perHostPools: { inner: { hosts: ['*.internal'], lookup: own } } })
    for (const name of ['a.internal', 'b.test']) await send(pool, `http://${name}:${port}/`)
    expect([own, all].map(lookup => lookup.mock.calls.map(([name]) => name))).toEqual([['a.internal'], ['b.test']])
  })

  test('localAddress is where a request comes from', async () => {
    const { url } = await httpServer(told)
    expect(await send(open({ localAddress: '127.0.0.2' }), `${url}/`)).toMatchObject({ from: '127.0.0.2' })
  })

  test('family is what lookup is asked for', async () => {
    const { port } = await httpServer(told)
    const lookup = jest.fn((name, { all }, done) => all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4))
    await send(open({ lookup, family: 4 }), `http://somewhere.test:${port}/`)
    expect(lookup.mock.calls[0][1]).toMatchObject({ family: 4 })
  })

  onUnix('socketPath is dialled in the place of the host, and its connection kept', async () => {
    const socketPath = await unixServer(told)
    const pool = open({ socketPath })
    for (let i = 0; i < 2; i++) expect(await send(pool, 'http://anything.test/')).toMatchObject({ host: 'anything.test' })
    expect(pool.getMetrics().connectionsCreated).toBe(1)
  })

  onUnix('a socketPath of some hosts is dialled for those alone', async () => {
    const { url } = await httpServer(told)
    const socketPath = await unixServer(told)
    const pool = open({ perHostPools: { daemon: { hosts: ['daemon.test'], socketPath } } })
    expect((await send(pool, 'http://daemon.test/')).from).toBeUndefined()
    expect((await send(pool, `${url}/`)).from).toBe('127.0.0.1')
  })

  onUnix('a socketPath that is not there is ENOENT, with Node\'s sentence', async () => {
    const error = await failure(send(open({ socketPath: '/nowhere/at.sock' }), 'http://anything.test/'))
    expect(error).toMatchObject({ code: 'ENOENT', syscall: 'connect', address: '/nowhere/at.sock', message: 'connect ENOENT /nowhere/at.sock' })
  })

  test('checkServerIdentity judges in the place of the comparison of names', async () => {
    const { url } = await httpsServer(workshop.issue('elsewhere.test'), told)
    const check = jest.fn()
    await send(open({ tls: { ca, checkServerIdentity: check } }), `${url}/`)
    expect(check.mock.calls.map(([host, { subject }]) => [host, subject.CN])).toEqual([['localhost', 'elsewhere.test']])
  })

  test('what checkServerIdentity gives is the error of the request', async () => {
    const { url } = await httpsServer(server, told)
    const fault = Object.assign(new Error('not whom I know'), { code: 'E_STRANGER' })
    comesOut(await ownError(send(open({ tls: { ca, checkServerIdentity: () => fault } }), `${url}/`)), fault, 'tls')
  })

  test('checkServerIdentity is not asked about a certificate that is refused already', async () => {
    const { url } = await httpsServer(server, told)
    const check = jest.fn()
    expect(await failure(send(open({ tls: { checkServerIdentity: check } }), `${url}/`))).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
    expect(check).not.toHaveBeenCalled()
  })

  test('hosts with a tls of their own do not ask the pool\'s checkServerIdentity', async () => {
    const { url } = await httpsServer(server, told)
    const check = jest.fn(() => new Error('no'))
    const pool = open({ tls: { ca, checkServerIdentity: check }, perHostPools: { own: { hosts: ['localhost'], tls: { ca } } } })
    expect(await send(pool, `${url}/`)).toMatchObject({ servername: 'localhost' })
    expect(check).not.toHaveBeenCalled()
  })

  test('pfx and passphrase show a certificate to the server', async () => {
    const { url } = await httpsServer(wanting, told)
    const tls = { ca, pfx: workshop.pfx(client, 'open sesame'), passphrase: 'open sesame' }
    expect(await send(open({ tls }), `${url}/`)).toMatchObject({ client: 'client' })
  })

  test.each([
    ['key and cert', () => ({ key: [client.key], cert: [client.cert] })],
    ['key, locked', () => ({ key: [{ pem: locked('sesame'), passphrase: 'sesame' }], cert: client.cert })],
    ['key, with the passphrase beside it', () => ({ key: [{ pem: locked('sesame') }], cert: client.cert, passphrase: 'sesame' })],
    ['pfx', () => ({ pfx: [workshop.pfx(client, 'sesame')], passphrase: 'sesame' })],
    ['pfx, with its passphrase', () => ({ pfx: [{ buf: workshop.pfx(client, 'sesame'), passphrase: 'sesame' }], passphrase: 'another' })]
  ])('an identity may be given as a list of one: %s', async (_, identity) => {
    const { url } = await httpsServer(wanting, told)
    expect(await send(open({ tls: { ca, ...identity() } }), `${url}/`)).toMatchObject({ client: 'client' })
  })
})

/** The client's key behind a passphrase. */
function locked (passphrase) {
  return createPrivateKey(client.key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
}

test('a pfx that cannot be read is refused by name, when the pool is opened', () => {
  const tls = { pfx: workshop.pfx(client, 'open sesame'), passphrase: 'wrong' }
  expect(() => open({ tls })).toThrow(/^tls\.pfx must be a PKCS#12 file that tls\.passphrase opens; received one that cannot be read \(/)
})

test.each([
  ['lookup', 'dns', 'ERR_INVALID_ARG_TYPE', "lookup must be a function; received 'dns'"],
  ['socketPath', 5, 'ERR_INVALID_ARG_TYPE', 'socketPath must be the path of a Unix socket; received 5'],
  ['socketPath', '', 'ERR_OUT_OF_RANGE', "socketPath must be the path of a Unix socket; received ''"],
  ['tls', { checkServerIdentity: 'yes' }, 'ERR_INVALID_ARG_TYPE', "tls.checkServerIdentity must be a function; received 'yes'"]
])('%s may not be %j', (name, value, code, message) => {
  let error
  try { open({ [name]: value }) } catch (thrown) { error = thrown }
  expect(error).toMatchObject({ code, message })
})

test.each([{ lookup: () => {} }, { tls: { checkServerIdentity: () => {} } }])('a pool that threads share by its name asks no function of one: %o', options => {
  expect(() => open({ ...options, name: 'shared' })).toThrow(/^lookup and tls\.checkServerIdentity must be left out where name is given/)
})

test('a request\'s own lookup holds over the pool\'s, whose checkServerIdentity is still asked', async () => {
  const { port } = await httpsServer(workshop.issue('elsewhere.test'), told)
  const [pools, own, check] = [jest.fn(loopback), jest.fn(loopback), jest.fn()]
  const agent = open({ lookup: pools, tls: { ca, checkServerIdentity: check } }).getHttpsAgent()
  await exchange(`https://somewhere.test:${port}/`, { agent, lookup: own })
  expect([pools, own, check].map(asked => asked.mock.calls.length)).toEqual([0, 1, 1])
})

test('a request\'s own checkServerIdentity holds over the pool\'s, whose lookup is still asked', async () => {
  const { port } = await httpsServer(workshop.issue('elsewhere.test'), told)
  const [lookup, pools, own] = [jest.fn(loopback), jest.fn(), jest.fn()]
  const agent = open({ lookup, tls: { ca, checkServerIdentity: pools } }).getHttpsAgent()
  await exchange(`https://somewhere.test:${port}/`, { agent, checkServerIdentity: own })
  expect([lookup, pools, own].map(asked => asked.mock.calls.length)).toEqual([1, 0, 1])
})

onUnix('a request\'s own socketPath holds over the pool\'s', async () => {
  const [pools, own] = [await unixServer((_, reply) => reply.end('pool')), await unixServer((_, reply) => reply.end('own'))]
  const agent = open({ socketPath: pools }).getHttpAgent()
  expect(String((await exchange('http://anything.test/', { agent, socketPath: own })).body)).toBe('own')
})

test('where Node speaks TLS over the pool\'s connection, the pool\'s lookup and checkServerIdentity hold', async () => {
  const { port } = await httpsServer(workshop.issue('elsewhere.test'), told)
  const [lookup, check] = [jest.fn(loopback), jest.fn()]
  const agent = open({ lookup, tls: { ca, checkServerIdentity: check } }).getHttpsAgent()
  await exchange(`https://somewhere.test:${port}/`, { agent, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' })
  expect([lookup, check].map(asked => asked.mock.calls.map(([name]) => name))).toEqual([['somewhere.test'], ['somewhere.test']])
})

test('where Node dials itself, the pool\'s lookup holds', async () => {
  const { port } = await httpServer(told)
  const lookup = jest.fn(loopback)
  await exchange(`http://somewhere.test:${port}/`, { agent: open({ lookup }).getHttpAgent(), hints: dns.ADDRCONFIG })
  expect(lookup).toHaveBeenCalledTimes(1)
})

test('a pool that is destroyed asks nobody any more', async () => {
  const asked = []
  const pool = open({ lookup: (name, options, done) => { asked.push(done) } })
  const pending = pool.request('http://somewhere.test/')
  pending.catch(() => {})
  await new Promise(resolve => { const timer = setInterval(() => { if (asked.length > 0) { clearInterval(timer); resolve() } }, 1) })
  pool.destroy()
  expect(await rejection(pending)).toMatchObject({ code: 'ERR_POOL_DESTROYED' })
  // His answer comes too late and harms nobody.
  expect(() => asked[0](null, [{ address: '127.0.0.1', family: 4 }])).not.toThrow()
})
