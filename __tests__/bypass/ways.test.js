'use strict'

const { createHash, createPublicKey, randomUUID } = require('node:crypto')
const { once } = require('node:events')
const http = require('node:http')
const https = require('node:https')
const os = require('node:os')
const path = require('node:path')
const { rejection } = require('../support/awaiting')
const { Workshop } = require('../support/certificates')
const { httpServer, httpsServer, left } = require('../support/servers')
const { open } = require('./pools')

/** What a pool reads, by each way in. */
const WAYS = {
  request: async (pool, url) => (await pool.request(url)).body.text(),
  fetch: async (pool, url) => (await pool.fetch(url)).text(),
  agent: async (pool, url) => {
    const [reply] = await once((url.startsWith('https:') ? https : http).get(url, { agent: pool.getAgentForUrl(url) }), 'response')
    return Buffer.concat(await reply.toArray()).toString()
  }
}

const failure = async promise => {
  const error = await rejection(promise)
  return error.message === 'fetch failed' ? error.cause : error
}

const workshop = new Workshop()
const server = workshop.issue('localhost')
const ca = workshop.root.cert
const pinOf = ({ cert }) => `sha256/${createHash('sha256').update(createPublicKey(cert).export({ type: 'spki', format: 'der' })).digest('base64')}`
const told = (_, reply) => reply.end('told')

// Elsewhere the loopback interface has but one address.
const onLinux = process.platform === 'linux' ? test : test.skip
const onUnix = process.platform === 'win32' ? test.skip : test

describe.each(Object.entries(WAYS))('for %s,', (_, read) => {
  test('a server of a pinned key is let in', async () => {
    const { url } = await httpsServer(server, told)
    expect(await read(open({ tls: { ca, pins: [pinOf(server)] } }), url)).toBe('told')
  })

  test('a server of another key is refused, though its authority is trusted', async () => {
    const { url } = await httpsServer(server, told)
    expect(await failure(read(open({ tls: { ca, pins: [pinOf(workshop.root)] } }), url))).toMatchObject({ code: 'ERR_POOL_PIN_MISMATCH' })
  })

  test('checkServerIdentity is asked', async () => {
    const { url } = await httpsServer(server, told)
    const checkServerIdentity = () => Object.assign(new Error('not mine'), { code: 'OWN' })
    expect(await failure(read(open({ tls: { ca, checkServerIdentity } }), url))).toMatchObject({ code: 'OWN' })
  })

  test('lookup is asked', async () => {
    const { url } = await httpServer(told)
    const lookup = (_, { all }, done) => all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)
    expect(await read(open({ lookup }), url.replace('127.0.0.1', 'anything.test'))).toBe('told')
  })

  onLinux('localAddress is dialled from', async () => {
    const { url } = await httpServer((request, reply) => reply.end(request.socket.remoteAddress))
    expect(await read(open({ localAddress: '127.0.0.2' }), url)).toBe('127.0.0.2')
  })

  onUnix('socketPath is dialled', async () => {
    const socketPath = path.join(os.tmpdir(), `rag-pool-${randomUUID()}.sock`)
    const unix = http.createServer(told).listen(socketPath)
    left.push(() => { unix.close().closeAllConnections() })
    await once(unix, 'listening')
    expect(await read(open({ socketPath }), 'http://anything.test')).toBe('told')
  })
})

test("a call of fetch goes by Node's agents where hosts alone have a way of their own", async () => {
  const { url } = await httpServer(told)
  const pool = open({ perHostPools: { own: { hosts: ['a.test'], tls: {} } } })
  expect(await WAYS.fetch(pool, url)).toBe('told')
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 1, connectionsCreated: 0 })
})

test.each(['QUERY', 'PROPFIND', 'REPORT'])('%s without a body is not sent in chunks', async method => {
  const { url } = await httpServer((request, reply) => reply.end(JSON.stringify(request.headers)))
  const headers = JSON.parse(await (await open().request(url, { method })).body.text())
  expect([headers['transfer-encoding'], headers['content-length'] ?? '0']).toEqual([undefined, '0'])
})

test('a response has the way out that README tells of', async () => {
  const { url } = await httpServer(told)
  const response = (await open().fetch(url)).toNative()
  expect([response.constructor, await response.text()]).toEqual([Response, 'told'])
  expect(await (await open().fetch('data:,text')).toNative().text()).toBe('text')
})

test('so has its clone', async () => {
  const { url } = await httpServer(told)
  expect(await (await open().fetch(url)).clone().toNative().text()).toBe('told')
})
