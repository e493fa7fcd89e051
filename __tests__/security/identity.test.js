'use strict'

// Who may use which connection: requests that differ in trust, client certificate, server name, local address or proxy never
// meet on one, and those that differ in nothing do. The server notes for each connection who came on it.

const https = require('node:https')
const fc = require('fast-check')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')
const { httpsServer } = require('../support/servers')
const { scriptedProxy } = require('../proxy/scripted-proxy')

const workshop = new Workshop()
const other = workshop.authority('Other')
const server = workshop.issue('localhost', { extensions: 'subjectAltName=DNS:localhost,DNS:one.test,DNS:two.test' })
const alice = workshop.issue('alice')
const bob = workshop.issue('bob')
const root = workshop.root.cert

/** What of a request's own options decides on which connections it may go, each with its choices. */
const CHOICES = {
  ca: { root, both: [root, other.cert] },
  identity: { nobody: {}, alice: { cert: alice.cert, key: alice.key }, bob: { cert: bob.cert, key: bob.key } },
  servername: { own: {}, one: { servername: 'one.test' }, two: { servername: 'two.test' } },
  strict: { yes: {}, no: { rejectUnauthorized: false } },
  localAddress: { any: {}, other: { localAddress: '127.0.0.2' } },
  versions: { any: {}, two: { maxVersion: 'TLSv1.2' }, three: { minVersion: 'TLSv1.3' } },
  family: { any: {}, four: { family: 4 } },
  judge: { own: {}, mine: { checkServerIdentity: () => undefined } },
  resolver: { own: {}, mine: { lookup: (_name, { all }, done) => all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4) } }
}

const person = fc.record(Object.fromEntries(Object.entries(CHOICES).map(([name, choices]) => [name, fc.constantFrom(...Object.keys(choices))])))
/** Some of whom most come more than once. */
const calls = fc.array(person, { minLength: 2, maxLength: 6 }).chain(people =>
  fc.array(fc.tuple(fc.constantFrom(...people), fc.nat(2)), { minLength: 4, maxLength: 24 }))
const nameOf = who => Object.values(who).join('/')

/** @param {any} who */
function optionsOf (who) {
  const { ca, ...more } = who
  return Object.assign({ ca: CHOICES.ca[ca] }, ...Object.entries(more).map(([name, choice]) => CHOICES[name][choice]))
}

/** A server over TLS that asks for certificates, and the register of who came on which of its connections. */
async function register () {
  /** @type {Map<object, { names: Set<string>, shown: string, asked: string }>} */
  const connections = new Map()
  const { port, server: listener } = await httpsServer({ ...server, requestCert: true, rejectUnauthorized: false, ca: root }, (request, reply) => {
    const { socket } = request
    if (!connections.has(socket)) {
      connections.set(socket, { names: new Set(), shown: socket.getPeerCertificate().subject?.CN ?? 'nobody', asked: socket.servername || (socket.isSessionReused() ? 'resumed' : 'nobody') })
    }
    connections.get(socket)?.names.add(String(request.headers['x-who']))
    reply.end('noted')
  })
  return { port, connections, listener }
}

/** @returns {Promise<void>} */
const send = (port, agent, who) => new Promise((resolve, reject) => {
  https.get({ host: 'localhost', port, agent, headers: { 'x-who': nameOf(who) }, ...optionsOf(who) }, response => {
    response.resume().on('end', resolve).on('error', reject)
  }).on('error', reject)
})

function check (connections) {
  for (const { names, shown, asked } of connections.values()) {
    expect([...names]).toHaveLength(1)
    const [, identity, servername, , , versions] = [...names][0].split('/')
    // Of a session of TLS 1.2 that is resumed, Node's server does not know the name.
    const name = versions === 'two' && asked === 'resumed' ? asked : { own: 'localhost', one: 'one.test', two: 'two.test' }[servername]
    expect([shown, asked]).toEqual([identity, name])
  }
}

test('requests that differ in what a connection was made under never share one, in whatever order they come', async () => {
  await fc.assert(fc.asyncProperty(calls, async calls => {
    const { port, connections } = await register()
    const pool = open({ maxSockets: 200, maxSocketsPerHost: 200, maxFreeSockets: 200 })
    const agent = pool.getHttpsAgent()
    for (const [who, beside] of calls) await Promise.all(Array.from({ length: beside + 1 }, () => send(port, agent, who)))
    check(connections)
    // Those who differ in nothing share: one connection for as many as were under way at once.
    const most = new Map()
    for (const [who, beside] of calls) most.set(nameOf(who), Math.max(most.get(nameOf(who)) ?? 0, beside + 1))
    expect(connections.size).toBeLessThanOrEqual([...most.values()].reduce((sum, count) => sum + count, 0))
    pool.destroy()
  }), { numRuns: 40 })
}, 120_000)

test('pools that differ share nothing, by whatever name their options go', async () => {
  const { port, connections } = await register()
  const ways = [{ ca: root }, { ca: root, cert: alice.cert, key: alice.key }, { ca: root, cert: bob.cert, key: bob.key }, { ca: root, servername: 'one.test' }, { rejectUnauthorized: false }]
  const pools = ways.map(tls => open({ tls }))
  for (let round = 0; round < 3; round++) {
    for (const [at, pool] of pools.entries()) {
      await (await pool.request(`https://localhost:${port}/`, { headers: { 'x-who': `pool/${at}` } })).body.text()
      await (await pool.fetch(`https://localhost:${port}/`, { headers: { 'x-who': `pool/${at}` } })).text()
    }
  }
  for (const { names } of connections.values()) expect(names.size).toBe(1)
  expect(connections.size).toBe(pools.length)
})

test('a tunnel carries one origin\'s bytes, in the name of one proxy user', async () => {
  const { port, connections } = await register()
  const [one, two] = [await scriptedProxy({ credentials: 'alice:1' }), await scriptedProxy()]
  const tls = { ca: root }
  const pools = [`http://alice:1@127.0.0.1:${one.port}`, `http://127.0.0.1:${two.port}`, `http://bob:2@127.0.0.1:${two.port}`, false].map(proxy => open({ tls, proxy }))
  for (let round = 0; round < 2; round++) {
    for (const [at, pool] of pools.entries()) await (await pool.request(`https://localhost:${port}/`, { headers: { 'x-who': `way/${at}` } })).body.text()
  }
  for (const { names } of connections.values()) expect(names.size).toBe(1)
  expect(connections.size).toBe(4)
  expect([one.credentialsOf(0), two.credentialsOf(0), two.credentialsOf(1)]).toEqual(['alice:1', null, 'bob:2'])
})
