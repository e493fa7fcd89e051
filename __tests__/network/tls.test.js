'use strict'

// The `tls` option for every way in: what is agreed on, whom it lets in, what is counted of it.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const tls = require('node:tls')
const { createHash, createPublicKey } = require('node:crypto')
const { exchange } = require('../agents/exchange')
const { rejection } = require('../support/awaiting')
const { Workshop } = require('../support/certificates')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { httpsServer } = require('../support/servers')

const workshop = new Workshop()
const ca = workshop.root.cert
const server = workshop.issue('localhost')
const pinOf = ({ cert }) => `sha256/${createHash('sha256').update(createPublicKey(cert).export({ type: 'spki', format: 'der' })).digest('base64')}`
const told = (request, reply) => reply.end(JSON.stringify({ version: request.socket.getProtocol(), resumed: request.socket.isSessionReused() }))

const WAYS = {
  'pool.request': async (pool, url) => (await pool.request(url)).body.json(),
  'pool.fetch': async (pool, url) => (await pool.fetch(url)).json(),
  'an agent': async (pool, url) => JSON.parse(String((await exchange(url, { agent: pool.getAgentForUrl(url) })).body)),
  'an agent whose TLS is Node\'s': async (pool, url) => JSON.parse(String((await exchange(url, { agent: pool.getAgentForUrl(url), ecdhCurve: 'auto' })).body))
}
const failure = async promise => {
  const error = await rejection(promise)
  return error.message === 'fetch failed' ? error.cause : error
}

describe.each(Object.entries(WAYS))('for %s,', (way, send) => {
  test.each(['TLSv1.2', 'TLSv1.3'])('%s is spoken where it is both minVersion and maxVersion', async version => {
    const { url } = await httpsServer(server, told)
    expect(await send(open({ tls: { ca, minVersion: version, maxVersion: version } }), url)).toMatchObject({ version })
  })

  test('a server of a pinned key is let in', async () => {
    const { url } = await httpsServer(server, told)
    const pins = [pinOf(workshop.issue('other')), pinOf(server)]
    expect(await send(open({ tls: { ca, pins } }), url)).toMatchObject({ version: 'TLSv1.3' })
  })

  test('a server of another key is refused, though its authority is trusted', async () => {
    const { url } = await httpsServer(server, told)
    const error = await failure(send(open({ tls: { ca, pins: [pinOf(workshop.root)] } }), url))
    expect(error).toMatchObject({ code: 'ERR_POOL_PIN_MISMATCH', phase: 'tls', message: 'the public key of localhost is none of tls.pins' })
  })

  test('a pinned key does not stand in for an authority', async () => {
    const { url } = await httpsServer(server, told)
    expect(await failure(send(open({ tls: { pins: [pinOf(server)] } }), url))).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  })

  test('a wrong name is told of with the reason, the host and the certificate', async () => {
    const { url } = await httpsServer(workshop.issue('elsewhere.test'), told)
    const error = await failure(send(open({ tls: { ca } }), url))
    const { code, reason, host, cert } = error
    expect([code, reason, host]).toEqual(['ERR_TLS_CERT_ALTNAME_INVALID', "Host: localhost. is not in the cert's altnames: DNS:elsewhere.test", 'localhost'])
    expect([cert.subject.CN, cert.issuerCertificate.subject.CN]).toEqual(['elsewhere.test', 'Root'])
    // Node's own error cannot be written at all.
    if (error.name === 'PoolError') expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code, reason, host })
  })

  test('checkServerIdentity is shown what Node shows: the certificate, and those that vouch for it', async () => {
    const { url, port } = await httpsServer(server, told)
    const shown = []
    const names = certificate => certificate.issuerCertificate === undefined || certificate.issuerCertificate === certificate
      ? [certificate.subject.CN, certificate.issuerCertificate === certificate]
      : [certificate.subject.CN, ...names(certificate.issuerCertificate)]
    await send(open({ tls: { ca, checkServerIdentity: (_, certificate) => { shown.push(names(certificate)) } } }), url)
    const theirs = await new Promise(resolve => {
      const socket = tls.connect({ host: 'localhost', port, ca, checkServerIdentity: (_, certificate) => { resolve(names(certificate)) } }, () => socket.destroy())
    })
    expect(shown).toEqual([theirs])
  })
})

test.each([
  [{ pins: 'sha256/x' }, 'ERR_INVALID_ARG_TYPE', /^tls\.pins must be a list of 'sha256\/…'/],
  [{ pins: [] }, 'ERR_OUT_OF_RANGE', /^tls\.pins must be a list .*; received an empty one/],
  [{ pins: [5] }, 'ERR_INVALID_ARG_TYPE', /^tls\.pins\[0\] must be 'sha256\/…'; received 5$/],
  [{ pins: Object.assign([], { 1: 'x' }) }, 'ERR_INVALID_ARG_TYPE', /^tls\.pins\[0\] must be 'sha256\/…'; received undefined$/],
  [{ pins: ['sha1/AAAA'] }, 'ERR_OUT_OF_RANGE', /^tls\.pins\[0\] must be 'sha256\/' and 32 bytes in base64; received 'sha1\/AAAA'$/],
  [{ keyLog: 'yes' }, 'ERR_INVALID_ARG_TYPE', /^tls\.keyLog must be true or false; received 'yes'$/],
  [{ systemCa: 1 }, 'ERR_INVALID_ARG_TYPE', /^tls\.systemCa must be true or false; received 1$/],
  [{ minVersion: 'TLSv1.1' }, 'ERR_TLS_INVALID_PROTOCOL_VERSION', /^tls\.minVersion must be 'TLSv1\.2' or 'TLSv1\.3'; received 'TLSv1\.1'$/],
  ...['ciphers', 'ecdhCurve', 'sigalgs', 'crl', 'secureContext', 'session', 'secureProtocol', 'ALPNProtocols'].map(name =>
    [{ [name]: 'x' }, 'ERR_INVALID_ARG_VALUE', new RegExp(`^tls\\.${name} is not available in this version; available are `)])
])('tls may not be %j', (options, code, message) => {
  let error
  try { open({ tls: options }) } catch (thrown) { error = thrown }
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
})

test('pins cannot be had without verification where Node speaks TLS itself', async () => {
  const { url } = await httpsServer(server, told)
  const agent = open({ tls: { rejectUnauthorized: false, pins: [pinOf(workshop.root)] } }).getHttpsAgent()
  const refused = { code: 'ERR_INVALID_ARG_VALUE', message: 'tls.pins cannot be had with rejectUnauthorized: false where Node speaks TLS itself' }
  expect(await rejection((async () => exchange(url, { agent, ecdhCurve: 'auto' }))())).toMatchObject(refused)
})

test.each(['TLSv1.2', 'TLSv1.3'])('handshakes of %s are counted, and those that resume a session', async version => {
  const { url } = await httpsServer(server, told)
  const pool = open({ keepAlive: false, tls: { ca, minVersion: version, maxVersion: version } })
  const resumed = []
  for (let i = 0; i < 3; i++) resumed.push((await (await pool.request(url)).body.json()).resumed)
  expect(resumed).toEqual([false, true, true])
  const { tlsHandshakes, tlsResumed, origins } = pool.getMetrics()
  expect({ tlsHandshakes, tlsResumed }).toEqual({ tlsHandshakes: 3, tlsResumed: 2 })
  expect(origins[url]).toMatchObject({ tlsHandshakes: 3, tlsResumed: 2 })
})

test('a session made under one trust is resumed under no other', async () => {
  const { url } = await httpsServer(server, told)
  await (await open({ tls: { ca } }).request(url)).body.text()
  const pool = open({ tls: { ca, rejectUnauthorized: false } })
  expect(await (await pool.request(url)).body.json()).toMatchObject({ resumed: false })
})

describe('the key log', () => {
  const KEYS = /^CLIENT_TRAFFIC_SECRET_0 [0-9a-f]{64} [0-9a-f]+$/m
  const LABELS = { 'the engine': '', 'Node\'s own TLS': 'ecdhCurve: "auto",' }

  /** What a process writes that requests something by way of an agent. */
  async function written (tls, options) {
    const { url } = await httpsServer(server, told)
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'rag-pool-keys-')), 'keys')
    const { stderr, code } = await runChild(`
      process.env.SSLKEYLOGFILE = ${JSON.stringify(file)}
      const pool = new ConnectionPoolManager({ tls: { ca: ${JSON.stringify(ca)}, ${tls} } })
      await new Promise((resolve, reject) => {
        require('node:https').get(url, { agent: pool.getHttpsAgent(), ${options} }, reply => reply.resume().on('end', resolve)).on('error', reject)
      })
      pool.destroy()`, { url })
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    return fs.existsSync(file) ? fs.readFileSync(file, 'latin1') : ''
  }

  test.each(Object.entries(LABELS))('of %s goes where SSLKEYLOGFILE says, with tls.keyLog', async (_, options) => {
    expect(await written('keyLog: true', options)).toMatch(KEYS)
  })

  test.each(Object.entries(LABELS))('of %s is not written without it', async (_, options) => {
    expect(await written('', options)).toBe('')
  })
})

const withSystem = typeof tls.getCACertificates === 'function' ? test : test.skip
const withoutSystem = typeof tls.getCACertificates === 'function' ? test.skip : test

withSystem('systemCa trusts the system beside those of Node, or beside ca', async () => {
  const { url } = await httpsServer(server, told)
  expect(await (await open({ tls: { ca, systemCa: true } }).request(url)).body.json()).toMatchObject({ version: 'TLSv1.3' })
})

withoutSystem('systemCa is refused by name where Node cannot read the system\'s store', () => {
  expect(() => open({ tls: { systemCa: true } })).toThrow(/^tls\.systemCa must be left out: it takes Node 22\.15 or later/)
})
