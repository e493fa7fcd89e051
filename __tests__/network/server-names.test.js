'use strict'

// Names that a server is asked for by, and verified by: the odd ones too, as Node does it.

const https = require('node:https')
const { once } = require('node:events')
const { rejection } = require('../support/awaiting')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')
const { httpsServer } = require('../support/servers')

const workshop = new Workshop()
const ca = workshop.root.cert
const NAMES = ['localhost', '*.good.test', 'a-.test', 'MiXed.test', 'a']
const known = workshop.issue('localhost', { extensions: `subjectAltName=${NAMES.map(name => `DNS:${name}`).join(',')},IP:127.0.0.1` })
const unnamed = workshop.issue('a-.test', { extensions: 'basicConstraints=CA:FALSE' })
const LONG = 'l'.repeat(64)

/** As rustls asks for them too. */
const PLAIN = ['localhost', 'x.good.test', 'a_b.good.test', 'mixed.test', 'other.test', 'x.y.good.test']
/** As only OpenSSL does. */
const ODD = [
  'a-.test', '-a.test', 'a..test', '*.test', '*.good.test', 'a-.good.test', 'localhost..', 'a..', '.good.test', '..good.test',
  `${LONG}.good.test`, `${LONG}.test`, `${`${'b'.repeat(60)}.`.repeat(5)}test`, 'x.good.test..', '-', '$.good.test'
]
/** As no URL has them. */
const GIVEN = ['1.2.3.4', '127.0.0.1', 'MiXed.test', 'OTHER.test', 'with blank.good.test', 'a.123', 'a\0b', '.', '..']

const lookup = (host, options, done) => options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)
const told = (request, reply) => reply.end(JSON.stringify(request.socket.servername))

const outcome = async promise => {
  const error = await promise.then(() => undefined, error => error)
  if (error === undefined) return 'let in'
  const { code, message, reason, host } = error.message === 'fetch failed' ? error.cause : error
  return { code, message, reason, host }
}

/** @param {string} url @param {any} options */
async function askNode (url, options) {
  const request = https.request(url, { agent: false, lookup, ...options }).end()
  const [response] = await once(request, 'response')
  return JSON.parse(Buffer.concat(await response.toArray()).toString())
}

const WAYS = {
  'pool.request': async (pool, url) => (await pool.request(url)).body.json(),
  'pool.fetch': async (pool, url) => (await pool.fetch(url)).json(),
  'an agent': (pool, url) => askNode(url, { agent: pool.getAgentForUrl(url) })
}

/** @param {{ cert: string, key: string }} server @param {string} host @param {any} options */
async function compare (server, host, options) {
  const { port } = await httpsServer(server, told)
  const url = `https://${host}:${port}/`
  const theirs = await outcome(askNode(url, options))
  const pool = open({ lookup, tls: options })
  for (const [way, send] of Object.entries(WAYS)) expect({ way, is: await outcome(send(pool, url)) }).toEqual({ way, is: theirs })
  return theirs
}

/** @type {any[]} */
const seen = []

describe.each([['names', known], ['a common name', unnamed]])('a server with %s', (_, server) => {
  test.each([...PLAIN, ...ODD])('is verified as %j as Node verifies it', async host => {
    seen.push(await compare(server, host, { ca }))
  })

  test.each([...PLAIN, ...ODD, ...GIVEN])('is verified by the servername %j as Node verifies it', async servername => {
    seen.push(await compare(server, 'localhost', { ca, servername }))
  })

  test.each(['localhost', 'a-.test', 'other.test', '127.0.0.1', '[::ffff:127.0.0.1]'])('is verified as %j where servername is empty', async host => {
    seen.push(await compare(server, host, { ca, servername: '' }))
  })
})

test('Node has let some in, and refused others for their name alone', () => {
  expect(seen.filter(one => one === 'let in').length).toBeGreaterThan(20)
  const codes = new Set(seen.filter(one => one !== 'let in').map(({ code }) => code))
  expect([...codes]).toEqual(['ERR_TLS_CERT_ALTNAME_INVALID'])
})

describe.each(Object.entries(WAYS))('for %s,', (way, send) => {
  /** @param {string} host @param {any} options */
  const asked = async (host, options) => {
    const { port } = await httpsServer(known, told)
    return send(open({ lookup, tls: { ca, ...options } }), `https://${host}:${port}/`)
  }

  test('a server is asked for by its name', async () => {
    expect(await asked('x.good.test', {})).toBe('x.good.test')
    expect(await asked('localhost', { servername: 'x.good.test' })).toBe('x.good.test')
  })

  test('an empty servername keeps it from that', async () => {
    expect(await asked('x.good.test', { servername: '' })).toBe(false)
  })

  test('by a name that DNS cannot have it is not', async () => {
    expect(await asked('a-.good.test', {})).toBe(false)
    expect(await asked('localhost', { servername: `${LONG}.good.test` })).toBe(false)
  })

  test('a connection for one odd name serves no other', async () => {
    const { port, server } = await httpsServer(known, told)
    let connections = 0
    server.on('secureConnection', () => connections++)
    const pool = open({ lookup, tls: { ca } })
    for (const host of ['a-.good.test', 'b-.good.test', 'a-.good.test']) await send(pool, `https://${host}:${port}/`)
    expect(connections).toBe(2)
    const error = await rejection(send(pool, `https://c-.other.test:${port}/`))
    expect(error.cause?.code ?? error.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
  })

  test('a checkServerIdentity is told the odd name', async () => {
    const hosts = []
    await asked('a-.elsewhere.test', { checkServerIdentity: host => { hosts.push(host) } })
    expect(hosts).toEqual(['a-.elsewhere.test'])
  })
})

test('sessions of a server that is not asked for resume among themselves', async () => {
  const { port } = await httpsServer(known, (request, reply) => reply.end(JSON.stringify(request.socket.isSessionReused())))
  const [named, silent] = [{ ca }, { ca, servername: '' }].map(tls => open({ lookup, tls, keepAlive: false }))
  const resumed = []
  for (const pool of [named, silent, silent]) resumed.push(await (await pool.request(`https://x.good.test:${port}/`)).body.json())
  expect(resumed).toEqual([false, false, true])
})
