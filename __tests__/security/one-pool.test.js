'use strict'

// Who may use which connection of one pool: `request` and `fetch`, which go by the pool's options for a host, and an agent, whose
// requests have options of their own, over HTTP/1.1 alone and where the server speaks HTTP/2 too. The server notes for each
// connection who came on it.

const https = require('node:https')
const fc = require('fast-check')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')
const { http2Server } = require('../support/servers')

const workshop = new Workshop()
const server = workshop.issue('localhost', { extensions: 'subjectAltName=DNS:localhost,DNS:one.test,DNS:two.test' })
const alice = workshop.issue('alice')
const bob = workshop.issue('bob')
const ca = workshop.root.cert

/** Hosts that are all the same server, and the client certificate that the pool's options have for each. */
const HOSTS = { localhost: 'nobody', 'one.test': 'alice', 'two.test': 'bob' }
const IDENTITIES = { alice: { cert: alice.cert, key: alice.key }, bob: { cert: bob.cert, key: bob.key } }
const OWN = { none: {}, alice: IDENTITIES.alice, bob: IDENTITIES.bob }
const TRUST = { strict: {}, lax: { rejectUnauthorized: false } }
const VERSIONS = { any: {}, two: { maxVersion: 'TLSv1.2' } }

const host = fc.constantFrom(...Object.keys(HOSTS))
const byPool = fc.record({ way: fc.constantFrom('request', 'fetch'), host, own: fc.constant('none'), trust: fc.constant('strict'), version: fc.constant('any') })
const byAgent = fc.record({ way: fc.constant('agent'), host, own: fc.constantFrom(...Object.keys(OWN)), trust: fc.constantFrom(...Object.keys(TRUST)), version: fc.constantFrom(...Object.keys(VERSIONS)) })
const calls = fc.array(fc.oneof(byPool, byAgent), { minLength: 8, maxLength: 40 })

/** All that the connection of a call is made under. An idle one of HTTP/1.1 that an agent has made serves a request too. */
function nameOf ({ host, own, trust, version }) {
  return [host, own === 'none' ? HOSTS[host] : own, trust, version].join('/')
}

async function register () {
  /** @type {Map<object, { names: Set<string>, ways: Set<string>, version: string, shown: string, asked: string, spoken: string | null }>} */
  const connections = new Map()
  const { port } = await http2Server({ ...server, allowHTTP1: true, requestCert: true, rejectUnauthorized: false, ca }, (request, reply) => {
    const { session } = request.stream ?? {}
    const socket = /** @type {import('node:tls').TLSSocket} */ (session?.socket ?? request.socket)
    const connection = session ?? socket
    if (!connections.has(connection)) {
      const shown = socket.getPeerCertificate().subject?.CN ?? 'nobody'
      connections.set(connection, { names: new Set(), ways: new Set(), version: request.httpVersion, shown: String(shown), asked: String(socket.servername), spoken: socket.getProtocol() })
    }
    connections.get(connection)?.names.add(String(request.headers['x-who']))
    connections.get(connection)?.ways.add(String(request.headers['x-way']))
    reply.end('noted')
  })
  return { port, connections }
}

const lookup = (_name, { all }, done) => all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)

/** @param {boolean} allowH2 */
function onePool (allowH2) {
  const perHostPools = { one: { hosts: ['one.test'], tls: { ca, ...IDENTITIES.alice } }, two: { hosts: ['two.test'], tls: { ca, ...IDENTITIES.bob } } }
  return open({ maxSockets: 200, maxSocketsPerHost: 200, maxFreeSockets: 200, allowH2, lookup, tls: { ca }, perHostPools })
}

/** @type {Record<string, (pool: any, url: string, who: any, headers: Record<string, string>) => Promise<unknown>>} */
const WAYS = {
  request: async (pool, url, _, headers) => (await pool.request(url, { headers })).body.text(),
  fetch: async (pool, url, _, headers) => (await pool.fetch(url, { headers })).text(),
  agent: (pool, url, { own, trust, version }, headers) => new Promise((resolve, reject) => {
    https.get(url, { agent: pool.getHttpsAgent(), headers, ...OWN[own], ...TRUST[trust], ...VERSIONS[version] }, response => {
      response.resume().on('end', resolve).on('error', reject)
    }).on('error', reject)
  })
}

test.each([['HTTP/1.1', false], ['HTTP/2 and, by the agent, HTTP/1.1', true]])('those who call one pool share a connection of %s only if they differ in nothing that it was made under', async (_, isBoth) => {
  const versions = new Set()
  await fc.assert(fc.asyncProperty(calls, async calls => {
    const { port, connections } = await register()
    const pool = onePool(isBoth)
    for (const who of calls) await WAYS[who.way]?.(pool, `https://${who.host}:${port}/`, who, { 'x-who': nameOf(who), 'x-way': who.way })
    for (const { names, ways, version, shown, asked, spoken } of connections.values()) {
      expect([...names]).toHaveLength(1)
      const [itsHost, itsIdentity, , itsLimit] = [...names][0]?.split('/') ?? []
      if (ways.has('agent')) expect(version).toBe('1.1')
      expect([shown, spoken]).toEqual([itsIdentity, itsLimit === 'two' ? 'TLSv1.2' : 'TLSv1.3'])
      // Of a TLS 1.2 session that is taken up again Node's server tells no name.
      expect([itsHost, ...itsLimit === 'two' ? ['false'] : []]).toContain(asked)
    }
    // A request's connection of HTTP/2 is none for an agent.
    expect(connections.size).toBeLessThanOrEqual(new Set(calls.map(who => `${nameOf(who)} ${isBoth && who.way === 'agent'}`)).size)
    for (const { version } of connections.values()) versions.add(version)
    pool.destroy()
  }), { numRuns: 40 })
  expect([...versions].sort()).toEqual(isBoth ? ['1.1', '2.0'] : ['1.1'])
}, 120_000)
