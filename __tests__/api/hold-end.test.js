'use strict'

// What a holder has in flight fails at the end of its hold as by the end of a pool of its own: each scene is played on both.

const http = require('node:http')
const { Worker } = require('node:worker_threads')
const { once } = require('node:events')
const { exchange } = require('../agents/exchange')
const { rejection, until } = require('../support/awaiting')
const { ROOT } = require('../support/child')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')
const { httpServer, http2Server, tcpServer } = require('../support/servers')

const workshop = new Workshop()
const { cert, key } = workshop.issue('localhost')

let count = 0
/** A pool of its own, or a hold on one that another holds too; and who sees the pool afterwards. */
const KINDS = {
  'a pool of its own': options => {
    const pool = open(options)
    return { pool, keeper: pool }
  },
  'one of two holds': options => {
    const name = `hold-${process.pid}-${count++}`
    return { pool: open({ name, ...options }), keeper: open({ name, ...options }) }
  }
}

const WAYS = {
  request: (pool, url) => pool.request(url).then(({ body }) => body.text()),
  fetch: (pool, url) => pool.fetch(url).then(reply => reply.text()).catch(error => { throw error.cause }),
  agent: (pool, url) => exchange(url, { agent: pool.getAgentForUrl(url) })
}

/** The head of a reply, then the rest of it. */
const BODIES = {
  request: async (pool, url) => { const { body } = await pool.request(url); return () => body.text() },
  fetch: async (pool, url) => { const reply = await pool.fetch(url); return () => reply.text().catch(error => { throw error.cause ?? error }) },
  agent: async (pool, url) => {
    const request = http.get(url, { agent: pool.getHttpAgent() })
    const [response] = await once(request, 'response')
    // As with Node the error is the request's: the reply's says only that it was cut.
    response.on('error', () => {}).resume()
    return () => new Promise((_resolve, reject) => { request.on('error', reject) })
  }
}

/** A server that takes a request and says nothing of it. */
async function holding () {
  const held = []
  const { url } = await httpServer((_, reply) => { held.push(reply) })
  return { url, held }
}

/** The connections of a pool are all accounted for. */
function expectBalance (pool) {
  const { connectionsCreated, connectionsDestroyed, detached, currentPoolSize } = pool.getMetrics()
  expect(connectionsCreated - connectionsDestroyed - detached).toBe(currentPoolSize)
}

/** Facts that are there at every end. @param {string} phase @param {string} url */
const facts = (phase, url) => ({
  code: 'ERR_POOL_DESTROYED', phase, origin: url, occupancy: { total: expect.any(Number), active: expect.any(Number), idle: expect.any(Number), waiting: expect.any(Number) }
})

describe.each(Object.entries(KINDS))('the end of %s', (_, make) => {
  describe.each(Object.entries(WAYS))('by %s', (_, ask) => {
    test('fails who waits for a turn, which the server cannot have seen', async () => {
      const { pool, keeper } = make({ maxSockets: 1 })
      const { url, held } = await holding()
      const first = rejection(ask(pool, url))
      await until(() => held.length === 1)
      const queued = rejection(ask(pool, url))
      await until(() => keeper.getMetrics().agents.http.pending === 1)
      pool.destroy()
      expect(await queued).toMatchObject({ ...facts('queue', url), mayHaveBeenProcessed: false, bytesWritten: 0 })
      expect(await first).toMatchObject({ ...facts('head', url), mayHaveBeenProcessed: true, reusedSocket: false, bytesWritten: expect.any(Number) })
      expect((await first).bytesWritten).toBeGreaterThan(0)
      await until(() => keeper.getMetrics().errors === 2)
      await until(() => keeper.getMetrics().currentPoolSize === 0)
      expect(keeper.getMetrics()).toMatchObject({ totalRequests: 2, errors: 2, aborted: 0, agents: { http: { pending: 0 } } })
      expectBalance(keeper)
    })

    test('fails who waits for a handshake, and says so', async () => {
      const { sockets, port } = await tcpServer(() => {})
      const { pool, keeper } = make({ connectTimeout: 0 })
      const url = `https://127.0.0.1:${port}`
      const dialling = rejection(ask(pool, url))
      await until(() => [...sockets].some(socket => socket.bytesRead > 0))
      pool.destroy()
      expect(await dialling).toMatchObject({ ...facts('tls', url), mayHaveBeenProcessed: false })
      await until(() => keeper.getMetrics().errors === 1)
      expect(keeper.getMetrics()).toMatchObject({ totalRequests: 1, aborted: 0 })
    })
  })

  test.each(Object.entries(BODIES))('fails by %s a body under way', async (_, begin) => {
    const { pool, keeper } = make()
    const { url, held } = await holding()
    const begun = begin(pool, url)
    await until(() => held.length === 1)
    held[0].writeHead(200, { 'content-length': 9 }).write('part')
    const reading = rejection((await begun)())
    pool.destroy()
    expect(await reading).toMatchObject({ ...facts('body', url), mayHaveBeenProcessed: true })
    await until(() => keeper.getMetrics().errors === 1)
    await until(() => keeper.getMetrics().currentPoolSize === 0)
    expectBalance(keeper)
  })

  test.each(['request', 'fetch'])('fails by %s what was asked for in the same tick, and counts it', async way => {
    const { pool, keeper } = make()
    const { url } = await holding()
    const asked = rejection(WAYS[way](pool, url))
    pool.destroy()
    expect(await asked).toMatchObject({ ...facts('queue', url), mayHaveBeenProcessed: false })
    expect(keeper.getMetrics()).toMatchObject({ totalRequests: 1, errors: 1, connectionsCreated: 0 })
  })

  test('fails who waits for connections ahead, and says how far they came', async () => {
    const { sockets, port } = await tcpServer(() => {})
    const { pool, keeper } = make({ connectTimeout: 0 })
    const url = `https://127.0.0.1:${port}`
    const ahead = rejection(pool.preconnect(url))
    await until(() => [...sockets].some(socket => socket.bytesRead > 0))
    pool.destroy()
    expect(await ahead).toMatchObject({ ...facts('tls', url), mayHaveBeenProcessed: false })
    expect(keeper.getMetrics()).toMatchObject({ totalRequests: 0, errors: 0 })
  })

  test('fails who waits for room for connections ahead', async () => {
    const { pool } = make({ maxSockets: 1 })
    const { url, held } = await holding()
    const other = await holding()
    const busy = rejection(WAYS.request(pool, url))
    await until(() => held.length === 1)
    const ahead = rejection(pool.preconnect(other.url))
    pool.destroy()
    expect(await ahead).toMatchObject(facts('queue', other.url))
    await busy
  })

  test('resets a stream and spares those of others on its connection', async () => {
    const held = []
    const { url, sessions } = await http2Server({ cert, key }, (_, reply) => { held.push(reply) })
    const { pool, keeper } = make({ tls: { ca: workshop.root.cert } })
    const asked = rejection(WAYS.request(pool, url))
    await until(() => held.length === 1)
    const others = keeper === pool ? null : WAYS.request(keeper, url)
    if (others !== null) await until(() => held.length === 2)
    pool.destroy()
    expect(await asked).toMatchObject({ ...facts('head', url), mayHaveBeenProcessed: true })
    await until(() => keeper.getMetrics().errors === 1)
    if (others === null) return
    held[1].end('whole')
    expect(await others).toBe('whole')
    expect(sessions).toHaveLength(1)
    expectBalance(keeper)
  })
})

test('a thread that is terminated leaves the counts of its pool true', async () => {
  const name = `hold-${process.pid}-${count++}`
  const keeper = open({ name, maxSockets: 4, connectTimeout: 0 })
  const { url, held } = await holding()
  const silent = await tcpServer(() => {})
  const worker = new Worker(`
    const { workerData } = require('node:worker_threads')
    const http = require('node:http')
    const { ConnectionPoolManager } = require(workerData.root)
    const pool = new ConnectionPoolManager({ name: workerData.name })
    const ignore = () => {}
    pool.request(workerData.url).catch(ignore)
    http.get(workerData.url, { agent: pool.getHttpAgent() }).on('error', ignore)
    pool.request(workerData.silent).catch(ignore)
    pool.preconnect(workerData.silent, 2).catch(ignore)
    setTimeout(() => { for (let i = 0; i < 3; i++) { pool.request(workerData.url).catch(ignore); http.get(workerData.url, { agent: pool.getHttpAgent() }).on('error', ignore) } }, 50)
  `, { eval: true, workerData: { root: ROOT, name, url, silent: `https://127.0.0.1:${silent.port}` } })
  await once(worker, 'online')
  await until(() => held.length === 2 && silent.sockets.size === 2 && keeper.getMetrics().agents.http.pending === 6)
  await worker.terminate()
  await until(() => keeper.getMetrics().agents.http.active === 0 && keeper.getMetrics().agents.http.pending === 0)
  expect(keeper.getMetrics()).toMatchObject({ totalRequests: 9, errors: 0, aborted: 9 })
  expectBalance(keeper)
  const next = WAYS.request(keeper, url)
  await until(() => held.length === 3)
  held[2].end('on')
  expect(await next).toBe('on')
})
