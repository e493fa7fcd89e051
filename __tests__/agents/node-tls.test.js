'use strict'

// Options of TLS that only OpenSSL honours.

const https = require('node:https')
const tls = require('node:tls')
const { once } = require('node:events')
const { Workshop } = require('../support/certificates')
const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpsServer } = require('../support/servers')
const { exchange } = require('./exchange')

const workshop = new Workshop()
const ca = workshop.root.cert
const server = workshop.issue('localhost')
const told = (request, reply) => reply.end('x')

test('options that only OpenSSL honours are honoured by it, over a connection of the pool', async () => {
  const { url } = await httpsServer({ ...server, maxVersion: 'TLSv1.2' }, (request, reply) => reply.end(request.socket.getCipher().name))
  const pool = open()
  const ciphers = 'ECDHE-ECDSA-CHACHA20-POLY1305'
  const { body } = await exchange(url, { agent: pool.getHttpsAgent(), ca, ciphers })
  expect(String(body)).toBe(ciphers)
  await until(() => pool.getMetrics().currentPoolSize === 0)
  expect(pool.getMetrics()).toMatchObject({ connectionsCreated: 1, newConnections: 1 })
})

test('the tls of the pool holds where OpenSSL speaks, but for what the request says itself', async () => {
  const { url } = await httpsServer(server, told)
  const agent = open({ tls: { ca } }).getHttpsAgent()
  const ciphers = 'TLS_AES_128_GCM_SHA256'
  expect((await exchange(url, { agent, ciphers })).status).toBe(200)
  const error = await rejection(exchange(url, { agent, ciphers, ca: workshop.authority('Other').cert }))
  expect(error.code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
})

test('a connection that Node speaks TLS over counts in the limits', async () => {
  const { url } = await httpsServer(server, () => {})
  const pool = open({ maxSockets: 1 })
  const request = https.get(url, { agent: pool.getHttpsAgent(), ca, ciphers: 'TLS_AES_128_GCM_SHA256' }).on('error', () => {})
  await until(() => pool.getStatus().activeConnections === 1)
  const other = https.get(url, { agent: pool.getHttpsAgent(), ca }).on('error', () => {})
  await until(() => pool.getMetrics().agents.https.pending === 1)
  request.destroy()
  await until(() => pool.getMetrics().agents.https.pending === 0)
  other.destroy()
})

test('a certificate fault found by OpenSSL has its code', async () => {
  const { url } = await httpsServer(server, told)
  const error = await rejection(exchange(url, { agent: open().getHttpsAgent(), ciphers: 'TLS_AES_128_GCM_SHA256' }))
  expect(error.code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
})

test.each(['TLSv1.2', 'TLSv1.3'])('no session of %s is taken up under another secureContext, nor past another checkServerIdentity', async maxVersion => {
  const { url } = await httpsServer({ ...server, ca, maxVersion, requestCert: true, rejectUnauthorized: false }, (request, reply) => {
    reply.end(request.socket.getPeerCertificate().subject?.CN ?? 'nobody')
  })
  const agent = open().getHttpsAgent()
  const alice = workshop.issue('alice')
  const ask = async options => {
    const { body } = await exchange(url, { agent, ciphers: tls.DEFAULT_CIPHERS, ...options })
    return String(body)
  }
  expect(await ask({ secureContext: tls.createSecureContext({ ca, cert: alice.cert, key: alice.key }) })).toBe('alice')
  expect(await ask({ secureContext: tls.createSecureContext({ ca }) })).toBe('nobody')
  expect((await rejection(ask({}))).code).toBe('SELF_SIGNED_CERT_IN_CHAIN')
  const refusal = new Error('no')
  expect(await ask({ ca, checkServerIdentity: () => undefined })).toBe('nobody')
  expect(await rejection(ask({ ca, checkServerIdentity: () => refusal }))).toBe(refusal)
})

test('a session of Node\'s is taken up again', async () => {
  const { url } = await httpsServer({ ...server, maxVersion: 'TLSv1.2' }, told)
  const options = { ca, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', agent: open().getHttpsAgent() }
  const seen = []
  for (let i = 0; i < 2; i++) {
    const request = https.get(url, options)
    const [response] = await once(request, 'response')
    seen.push(response.socket.isSessionReused())
    response.resume()
    await once(response, 'end')
  }
  expect(seen).toEqual([false, true])
})

test('after destroy, TLS of Node\'s is refused as all else', async () => {
  const pool = open()
  const agent = pool.getHttpsAgent()
  pool.destroy()
  expect((await rejection(exchange('https://localhost:1/', { agent, ciphers: 'TLS_AES_128_GCM_SHA256' }))).code).toBe('ERR_POOL_DESTROYED')
})

test('destroy ends what Node speaks TLS over', async () => {
  const { url, server: origin } = await httpsServer(server, () => {})
  const pool = open()
  const request = https.get(url, { agent: pool.getHttpsAgent(), ca, ciphers: 'TLS_AES_128_GCM_SHA256' })
  await once(origin, 'request')
  const failed = once(request, 'error')
  pool.destroy()
  expect((await failed)[0].code).toBe('ERR_POOL_DESTROYED')
})
