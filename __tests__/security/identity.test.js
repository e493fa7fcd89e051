'use strict'

// Who may use which connection: requests of an agent that differ in trust, client certificate, server name, local address or proxy
// never meet on one, and those that differ in nothing do. Pools never have a connection in common: of theirs is asked what it shows
// to the server. The server notes for each connection who came on it.

const https = require('node:https')
const net = require('node:net')
const fc = require('fast-check')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')
const { httpsServer, tcpServer } = require('../support/servers')
const { scriptedProxy } = require('../proxy/scripted-proxy')

const workshop = new Workshop()
const other = workshop.authority('Other')
const server = workshop.issue('localhost', { extensions: 'subjectAltName=DNS:localhost,DNS:one.test,DNS:two.test' })
const alice = workshop.issue('alice')
const bob = workshop.issue('bob')
const root = workshop.root.cert

/** What of a request's own options decides on which connections it may go, each with its choices. */
const CHOICES = {
  ca: { root: { ca: root }, both: { ca: [root, other.cert] } },
  identity: { nobody: {}, alice: { cert: alice.cert, key: alice.key }, bob: { cert: bob.cert, key: bob.key } },
  servername: { own: {}, one: { servername: 'one.test' }, two: { servername: 'two.test' } },
  strict: { yes: {}, no: { rejectUnauthorized: false } },
  localAddress: { any: {}, other: { localAddress: '127.0.0.2' } },
  family: { any: {}, four: { family: 4 } },
  version: { any: {}, three: { minVersion: 'TLSv1.3' }, two: { maxVersion: 'TLSv1.2' } },
  checked: { ours: {}, mine: { checkServerIdentity: () => undefined } },
  proxy: { none: {}, one: {}, two: {} }
}

const person = fc.record(Object.fromEntries(Object.entries(CHOICES).map(([name, choices]) => [name, fc.constantFrom(...Object.keys(choices))])))
const calls = fc.array(fc.tuple(person, fc.nat(2)), { minLength: 4, maxLength: 24 })
const nameOf = who => Object.values(who).join('/')

/** @param {any} who */
const optionsOf = who => Object.assign({}, ...Object.entries(who).map(([name, choice]) => CHOICES[name][choice]))

/** A server over TLS that asks for certificates, and the register of who came on which of its connections. @param {Map<string, string>} [by] the proxies' */
async function register (by = new Map()) {
  /** @type {Map<object, { names: Set<string>, shown: string, asked: string, spoken: string | null, from: string, proxy: string }>} */
  const connections = new Map()
  const { port, server: listener } = await httpsServer({ ...server, requestCert: true, rejectUnauthorized: false, ca: root }, (request, reply) => {
    const { socket } = request
    if (!connections.has(socket)) {
      const shown = socket.getPeerCertificate().subject?.CN ?? 'nobody'
      connections.set(socket, { names: new Set(), shown, asked: String(socket.servername), spoken: socket.getProtocol(), from: socket.remoteAddress, proxy: by.get(`${socket.remoteAddress} ${socket.remotePort} ${socket.localPort}`) ?? 'none' })
    }
    connections.get(socket)?.names.add(String(request.headers['x-who']))
    reply.end('noted')
  })
  return { port, connections, listener }
}

/** Proxies that say which connections to the server are theirs: by its end of them, which proxy it is. */
async function relays () {
  const by = new Map()
  const ports = {}
  for (const name of ['one', 'two']) {
    const { port } = await tcpServer(socket => socket.once('data', head => {
      const onward = net.connect(Number(/^CONNECT \S+:(\d+) /.exec(String(head))?.[1]), '127.0.0.1', () => {
        // A connection to another server may have the same port.
        const end = `${onward.localAddress} ${onward.localPort} ${onward.remotePort}`
        by.set(end, name)
        onward.on('close', () => by.delete(end))
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        onward.pipe(socket).pipe(onward)
      })
      onward.on('error', () => socket.destroy())
      socket.on('close', () => onward.destroy())
    }))
    ports[name] = port
  }
  return { by, proxyOf: name => name === 'none' ? false : `http://127.0.0.1:${ports[name]}` }
}

/** @returns {Promise<void>} */
const send = (port, agent, who) => new Promise((resolve, reject) => {
  https.get({ host: 'localhost', port, agent, headers: { 'x-who': nameOf(who) }, ...optionsOf(who) }, response => {
    response.resume().on('end', resolve).on('error', reject)
  }).on('error', reject)
})

/** Who came on a connection are all alike. */
function ensureUnshared (connections) {
  for (const { names } of connections.values()) expect([...names]).toHaveLength(1)
}

/** What each connection shows is what the one who came on it had asked for. */
function ensureShown (connections) {
  for (const { names, shown, asked, spoken, from, proxy: by } of connections.values()) {
    const [, identity, servername, , localAddress, , version, , proxy] = [...names][0].split('/')
    expect(shown).toBe(identity)
    // Of a TLS 1.2 session that is taken up again Node's server tells no name.
    expect([{ own: 'localhost', one: 'one.test', two: 'two.test' }[servername], ...version === 'two' ? ['false'] : []]).toContain(asked)
    expect(spoken).toBe(version === 'two' ? 'TLSv1.2' : 'TLSv1.3')
    expect(by).toBe(proxy)
    if (proxy === 'none') expect(from).toBe(localAddress === 'other' ? '127.0.0.2' : '127.0.0.1')
  }
}

/** Those who differ in nothing share: one connection for as many as were under way at once. @param {Array<[any, number]>} calls */
function mostOf (calls) {
  const most = new Map()
  for (const [who, beside] of calls) most.set(nameOf(who), Math.max(most.get(nameOf(who)) ?? 0, beside + 1))
  return [...most.values()].reduce((sum, count) => sum + count, 0)
}

const ROOM = { maxSockets: 200, maxSocketsPerHost: 200, maxFreeSockets: 200 }

test('requests of one agent that differ in what their connection was made under share none, in whatever order they come', async () => {
  const { by, proxyOf } = await relays()
  await fc.assert(fc.asyncProperty(calls, async calls => {
    const { port, connections } = await register(by)
    const pools = new Map(Object.keys(CHOICES.proxy).map(proxy => [proxy, open({ ...ROOM, proxy: proxyOf(proxy) })]))
    for (const [who, beside] of calls) await Promise.all(Array.from({ length: beside + 1 }, () => send(port, pools.get(who.proxy).getHttpsAgent(), who)))
    ensureUnshared(connections)
    ensureShown(connections)
    expect(connections.size).toBeLessThanOrEqual(mostOf(calls))
    for (const pool of pools.values()) pool.destroy()
  }), { numRuns: 50 })
}, 120_000)

test('a connection of a pool shows what the pool\'s options say, and is the only one for those who differ in nothing', async () => {
  const { by, proxyOf } = await relays()
  await fc.assert(fc.asyncProperty(calls, async calls => {
    const { port, connections } = await register(by)
    const pools = new Map()
    const sendBy = async who => {
      const { localAddress, family, ...tls } = optionsOf(who)
      if (!pools.has(nameOf(who))) pools.set(nameOf(who), open({ ...ROOM, tls, localAddress, family, allowH2: false, proxy: proxyOf(who.proxy) }))
      const { body } = await pools.get(nameOf(who)).request(`https://localhost:${port}/`, { headers: { 'x-who': nameOf(who) } })
      await body.text()
    }
    for (const [who, beside] of calls) await Promise.all(Array.from({ length: beside + 1 }, () => sendBy(who)))
    ensureShown(connections)
    expect(connections.size).toBeLessThanOrEqual(mostOf(calls))
    for (const pool of pools.values()) pool.destroy()
  }), { numRuns: 50 })
}, 120_000)

test('each of several pools that differ shows what its options say, on one connection for all that it sends', async () => {
  const { port, connections } = await register()
  const ways = [{ ca: root }, { ca: root, cert: alice.cert, key: alice.key }, { ca: root, cert: bob.cert, key: bob.key }, { ca: root, servername: 'one.test' }, { rejectUnauthorized: false }]
  const pools = ways.map(tls => open({ tls }))
  for (let round = 0; round < 3; round++) {
    for (const [at, pool] of pools.entries()) {
      await (await pool.request(`https://localhost:${port}/`, { headers: { 'x-who': `pool/${at}` } })).body.text()
      await (await pool.fetch(`https://localhost:${port}/`, { headers: { 'x-who': `pool/${at}` } })).text()
    }
  }
  expect([...connections.values()].map(({ shown, asked }) => [shown, asked])).toEqual([
    ['nobody', 'localhost'], ['alice', 'localhost'], ['bob', 'localhost'], ['nobody', 'one.test'], ['nobody', 'localhost']
  ])
})

test('a tunnel is made in the name of its own pool\'s proxy user, and serves that pool again', async () => {
  const { port, connections } = await register()
  const [one, two] = [await scriptedProxy({ credentials: 'alice:1' }), await scriptedProxy()]
  const tls = { ca: root }
  const pools = [`http://alice:1@127.0.0.1:${one.port}`, `http://127.0.0.1:${two.port}`, `http://bob:2@127.0.0.1:${two.port}`, false].map(proxy => open({ tls, proxy }))
  for (let round = 0; round < 2; round++) {
    for (const [at, pool] of pools.entries()) await (await pool.request(`https://localhost:${port}/`, { headers: { 'x-who': `way/${at}` } })).body.text()
  }
  expect(connections.size).toBe(4)
  expect([one.credentialsOf(0), two.credentialsOf(0), two.credentialsOf(1)]).toEqual(['alice:1', null, 'bob:2'])
})
