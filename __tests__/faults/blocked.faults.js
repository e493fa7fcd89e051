'use strict'

// JavaScript stopped for seconds at a time: no timeout fires for a server that did answer, connections live and end as they
// would have, and nothing is lost after it.

const { Workshop } = require('../support/certificates')
const { runChild } = require('../support/child')
const { frameServer } = require('../support/frames')
const { httpsServer, serve } = require('../support/servers')

const workshop = new Workshop()

const faulty = serve('fault-server')
const bench = serve('bench-server', ['--certificate', 'self-signed'])

const STOP_MS = 5000
/** Well below the stop, and well above what a reply takes. */
const TIMEOUT_MS = 3000
const ACK = 1
/** So many come well within the stop. */
const PINGS = 5
/** `timeout` is the one that an agent has. */
const TIMEOUTS = { timeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS, requestTimeout: TIMEOUT_MS }

/**
 * A process that stops its JavaScript.
 * @param {string} script the body of an async function that has `ways`, `said`, `pool` and `stop`; gives what is to be told
 * @param {any} options of the pool
 */
async function blocked (script, options) {
  const { stdout, stderr, code } = await runChild(`
    const { ways, said } = require('./__tests__/faults/ways')
    const pool = new ConnectionPoolManager(${JSON.stringify(options)})
    const stop = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${STOP_MS})
    const told = await (async () => { ${script} })()
    console.log(JSON.stringify(told))
    pool.destroy()
  `)
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

/** What is under way while nobody listens, and has come after it. */
const UNDER_WAY = `
  const ask = url => ways[way](pool, url, {}).then(said)
  const asked = [...Array.from({ length: 20 }, (_, id) => ask(small + id)), ask(slow), ask(dripping)]
  // What was asked for in this turn has left, and no reply has been heard of.
  await new Promise(resolve => setImmediate(resolve))
  stop()
  seen.push(await Promise.all(asked))
`

test.each(['request', 'fetch', 'agent'])('what was answered meanwhile is had after it through %s, and no timeout has fired', async way => {
  const told = await blocked(`
    const way = '${way}', small = '${faulty.url('/echo?id=')}', slow = '${bench.url('/delay?ms=500')}', dripping = '${bench.url('/drip?n=20&every=20')}'
    const seen = []
    for (let round = 0; round < 2; round++) { ${UNDER_WAY} }
    const { errors, timeouts, connectionsCreated, connectionsDestroyed, currentPoolSize } = pool.getMetrics()
    return { seen, errors, timeouts, adrift: connectionsCreated - connectionsDestroyed - currentPoolSize }
  `, { ...TIMEOUTS, maxSocketsPerHost: 30 })
  const round = [...Array.from({ length: 20 }, (_, id) => `200 ${id}`), expect.stringMatching(/^200 \{/), expect.stringMatching(/^200 [^]{20}$/)]
  expect(told).toEqual({ seen: [round, round], errors: 0, timeouts: 0, adrift: 0 })
}, 60_000)

/** How what JavaScript has a part in is had, of which the time runs out while that is stopped. */
const BY_JAVASCRIPT = {
  'an upload by request whose source stood still': ["pool.request('SINK', { method: 'POST', body: pieces() }).then(({ statusCode, body }) => body.dump().then(() => statusCode))", {}],
  'an upload by fetch whose source stood still': ["pool.fetch('SINK', { method: 'POST', body: pieces(), duplex: 'half' }).then(reply => reply.text().then(() => reply.status))", {}],
  'a look-up of the pool\'s own': ["pool.request('NAMED').then(({ statusCode, body }) => body.dump().then(() => statusCode))",
    { lookup: "(name, { all }, done) => setTimeout(() => done(null, all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4), 10)" }],
  'a judgement of the server': ["pool.request('SECURE').then(({ statusCode, body }) => body.dump().then(() => statusCode))",
    { tls: `{ ca: ${JSON.stringify(workshop.root.cert)}, checkServerIdentity: () => undefined }` }],
  'a handshake by Node\'s own TLS': ["ways.agent(pool, 'SECURE', { ciphers: require('tls').DEFAULT_CIPHERS }).then(({ status }) => status)", { tls: `{ ca: ${JSON.stringify(workshop.root.cert)} }` }],
  'a redirect of the generic client': ["require('.').createPooledHttpClient({ timeout: 3000 }, pool).get('AWAY').then(({ status }) => status)", { tls: `{ ca: ${JSON.stringify(workshop.root.cert)} }` }],
  'an interceptor that lets its request pass': ["(pool.intercept(async () => { await new Promise(resolve => setTimeout(resolve, 10)) }), pool.request('SMALL')).then(({ statusCode, body }) => body.dump().then(() => statusCode))",
    { requestTimeout: TIMEOUT_MS }]
}

test.each(Object.entries(BY_JAVASCRIPT))('%s loses no time by it', async (_, [script, options]) => {
  const { requestTimeout: _whole, ...timeouts } = TIMEOUTS
  const { url } = await httpsServer(workshop.issue('localhost'), ({ url: asked }, reply) => {
    if (asked === '/away') reply.writeHead(302, { location: '/' }).end()
    else setTimeout(() => reply.end(), 100)
  })
  const named = { SINK: bench.url('/sink'), NAMED: faulty.url('/ok').replace('127.0.0.1', 'api.test'), SECURE: url, AWAY: `${url}/away`, SMALL: faulty.url('/ok') }
  const asked = script.replace(/SINK|NAMED|SECURE|AWAY|SMALL/, name => named[name])
  const told = await blocked(`
    pool.destroy()
    const own = new ConnectionPoolManager({ ...${JSON.stringify({ ...timeouts, connectTimeout: TIMEOUT_MS })}, ${Object.entries(options).map(([name, value]) => `${name}: ${value}`).join(', ')} })
    async function * pieces () { for (let i = 0; i < 20; i++) yield Buffer.alloc(10_000) }
    const under = (pool => ${asked})(own)
    await new Promise(resolve => setImmediate(resolve))
    stop()
    const status = await under
    const { errors, timeouts } = own.getMetrics()
    own.destroy()
    return { status, errors, timeouts }
  `, {})
  expect(told).toEqual({ status: 200, errors: 0, timeouts: 0 })
}, 60_000)

test('connections that were idle for too long are closed meanwhile, at their time', async () => {
  const told = await blocked(`
    await ways.request(pool, '${faulty.url('/ok')}', {})
    const before = pool.getMetrics()
    stop()
    // Before anything of this turn could have reached the engine.
    const { currentPoolSize, connectionsDestroyed } = pool.getMetrics()
    return [before.currentPoolSize, currentPoolSize, connectionsDestroyed]
  `, { freeSocketTimeout: 1000 })
  expect(told).toEqual([1, 0, 1])
}, 60_000)

test('an HTTP/2 connection on which a reply is owed is kept by PINGs that nobody in JavaScript sends', async () => {
  const { url, peer } = await frameServer()
  const child = blocked(`
    const asked = ways.request(pool, '${url}', {}).then(said)
    await new Promise(resolve => setImmediate(resolve))
    stop()
    // The reply came behind the PINGs. What had waited for this turn to send them would have it only after as many of them.
    const { errors } = pool.getMetrics()
    const isThere = await Promise.race([asked.then(() => true), new Promise(resolve => { setTimeout(resolve, PINGS * 500 / 2, false) })])
    return { seen: await asked, isThere, errors }
  `.replace('PINGS', String(PINGS)), { h2c: true, pingInterval: 500, pingTimeout: 1000 })
  const connection = await peer(0)
  const stream = await connection.request()
  for (let i = 0; i < PINGS; i++) connection.send('PING', ACK, 0, (await connection.next('PING')).payload)
  connection.answer(stream)
  expect(await child).toEqual({ seen: expect.stringMatching(/^200 /), isThere: true, errors: 0 })
}, 60_000)

test('a server that does not answer has its timeout at its time, not when JavaScript comes round', async () => {
  const told = await blocked(`
    const asked = ways.request(pool, '${faulty.url('/stall-before-head')}', {}).then(said)
    await new Promise(resolve => setImmediate(resolve))
    stop()
    // Before anything of this turn could have reached the engine.
    const { connectionsCreated, connectionsDestroyed } = pool.getMetrics()
    return { connectionsCreated, connectionsDestroyed, seen: await asked }
  `, { headersTimeout: 1000 })
  expect(told).toEqual({ connectionsCreated: 1, connectionsDestroyed: 1, seen: 'ERR_POOL_HEADERS_TIMEOUT, head' })
}, 60_000)
