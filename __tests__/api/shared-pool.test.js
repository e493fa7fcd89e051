'use strict'

const { once } = require('node:events')
const { Worker } = require('node:worker_threads')
const binding = require('../support/addon')
const { exchange } = require('../agents/exchange')
const { rejection, until } = require('../support/awaiting')
const { ROOT, runChild } = require('../support/child')
const { open } = require('../support/pools')
const { httpServer, serve } = require('../support/servers')

const server = serve('bench-server')

/** Pools of an earlier test must not be found. */
let count = 0
const fresh = () => `shared-${process.pid}-${count++}`

/** What is warned of meanwhile. */
function warnings (act) {
  const told = []
  const spy = jest.spyOn(process, 'emitWarning').mockImplementation((message, options) => { told.push({ message, ...options }) })
  act()
  spy.mockRestore()
  return told
}

const text = async (pool, url = server.url('/json')) => (await pool.request(url)).body.text()

/** A server whose replies the test gives. */
async function holding () {
  const held = []
  const { url } = await httpServer((_, reply) => { held.push(reply) })
  return { url, held }
}

test('two that are opened by one name share connections, limits and metrics', async () => {
  const name = fresh()
  const [first, second] = [open({ name, maxSockets: 1 }), open({ name })]
  const { url, held } = await holding()
  const both = [text(first, url), text(second, url)]
  await until(() => held.length === 1)
  await until(() => second.getMetrics().agents.http.pending === 1)
  held[0].end('a')
  await until(() => held.length === 2)
  held[1].end('b')
  expect(await Promise.all(both)).toEqual(['a', 'b'])
  expect(first.getMetrics()).toEqual(second.getMetrics())
  expect(first.getMetrics()).toMatchObject({ connectionsCreated: 1, totalRequests: 2 })
})

test('pools of different names, and without one, share nothing', async () => {
  const pools = [open({ name: fresh() }), open({ name: fresh() }), open(), open()]
  for (const pool of pools) await text(pool)
  expect(pools.map(pool => pool.getMetrics().totalRequests)).toEqual([1, 1, 1, 1])
})

test('the options of who opened it first hold, and a warning names those that differ', async () => {
  const name = fresh()
  const first = open({ name, maxSockets: 3, perHostPools: { mine: { hosts: ['127.0.0.1'], maxSocketsPerHost: 2 } } })
  let second
  const told = warnings(() => { second = open({ name, maxSockets: 4, timeout: 30000, maxQueued: 7, own: 'mine' }) })
  const message = `The pool '${name}' is open already, with other options than it was now opened with: maxSockets, maxQueued. Those of who opened it first hold`
  expect(told).toEqual([{ type: 'RagPoolWarning', code: 'RAG_POOL_SHARED_OPTIONS', message }])
  expect(second.config).toMatchObject({ ...first.config, own: 'mine' })
  await expect(second.preconnect(server.url(), 3)).rejects.toThrow('between 1 and 2')
})

test('who opens it with the same options, or with none, is not warned', () => {
  const name = fresh()
  const options = { name, maxSockets: 3, tls: { ca: Buffer.from(server.ca) }, perHostPools: { a: { hosts: ['a.test'] } } }
  open(options)
  expect(warnings(() => { open({ ...options, perHostPools: { a: { hosts: ['a.test'], timeout: undefined } } }) })).toEqual([])
  expect(warnings(() => { open({ name }) })).toEqual([])
})

test('the first one\'s trust is everybody\'s', async () => {
  const name = fresh()
  open({ name, tls: { ca: server.ca } })
  const second = open({ name })
  expect(await text(second, server.secure('/json'))).toHaveLength(200)
  expect((await exchange(server.secure('/json'), { agent: second.getHttpsAgent() })).status).toBe(200)
})

test('what is wrong with options is refused though the pool is open', () => {
  const name = fresh()
  open({ name })
  expect(() => open({ name, maxSockets: 0 })).toThrow('maxSockets must be an integer between 1 and 1000000; received 0')
})

test.each(['', 5, null, {}, Symbol('name')])('the name %p is refused', name => {
  expect(() => open({ name })).toThrow(/^name must be a string that is not empty; received /)
})

test('a name in perHostPools is refused', () => {
  expect(() => open({ perHostPools: { a: { hosts: ['a.test'], name: 'x' } } })).toThrow('perHostPools.a.name must be left out here')
})

test('destroy drops one hold, and the last closes', async () => {
  const name = fresh()
  const [first, second] = [open({ name }), open({ name })]
  await text(first)
  const mine = first.getMetrics()
  first.destroy()
  first.destroy()
  expect((await rejection(first.request(server.url('/json')))).code).toBe('ERR_POOL_DESTROYED')
  await text(second)
  expect(second.getMetrics()).toMatchObject({ connectionsCreated: 1, connectionsDestroyed: 0, totalRequests: 2 })
  expect(first.getMetrics()).toEqual(mine)
  second.destroy()
  expect(second.getMetrics()).toMatchObject({ currentPoolSize: 0, connectionsDestroyed: 1 })
  const third = open({ name })
  expect(third.getMetrics().totalRequests).toBe(0)
})

test('what is in flight for who lets go fails, and for the others goes on', async () => {
  const name = fresh()
  const [first, second] = [open({ name, maxSockets: 2 }), open({ name })]
  const { url, held } = await holding()
  const kept = text(second, url)
  await until(() => held.length === 1)
  const failing = [rejection(first.request(url)), rejection(exchange(url, { agent: first.getHttpAgent() }))]
  await until(() => held.length === 2)
  const queued = text(second, url)
  first.destroy()
  expect((await Promise.all(failing)).map(({ code }) => code)).toEqual(['ERR_POOL_DESTROYED', 'ERR_POOL_DESTROYED'])
  await until(() => held.length === 3)
  held[0].end('kept')
  held[2].end('queued')
  expect(await Promise.all([kept, queued])).toEqual(['kept', 'queued'])
})

test('a body under way fails for who lets go', async () => {
  const name = fresh()
  const [first] = [open({ name }), open({ name })]
  const { body } = await first.request(server.url('/drip?n=1000&every=5'))
  const reading = rejection(body.text())
  first.destroy()
  expect(await reading).toMatchObject({ code: 'ERR_POOL_DESTROYED', mayHaveBeenProcessed: true })
})

test('drain waits for one\'s own and drops the hold', async () => {
  const name = fresh()
  const [first, second] = [open({ name }), open({ name })]
  const { url, held } = await holding()
  const [mine, others] = [text(first, url), text(second, url)]
  await until(() => held.length === 2)
  const drained = first.drain()
  for (const reply of held) reply.end('x')
  await drained
  expect([await mine, await others, second.destroyed]).toEqual(['x', 'x', false])
  await text(second)
})

test('events reach all who listen, each its own', async () => {
  const name = fresh()
  const [first, second, deaf] = [open({ name }), open({ name }), open({ name })]
  const told = { first: [], second: [] }
  first.on('connection_created', ({ total }) => told.first.push(total)).on('request_completed', () => told.first.push('done'))
  second.on('connection_created', ({ total }) => told.second.push(total))
  await text(deaf)
  await until(() => told.first.length === 2)
  expect(told).toEqual({ first: [1, 'done'], second: [1] })
  first.destroy()
  await deaf.preconnect(server.url(), 2)
  await until(() => told.second.length === 2)
  expect(told.first).toHaveLength(2)
})

test('events reach a thread that listens, whoever caused them', async () => {
  const name = fresh()
  const pool = open({ name })
  const script = `
    const { parentPort, workerData } = require('node:worker_threads')
    const { ConnectionPoolManager } = require(workerData.root)
    const pool = new ConnectionPoolManager({ name: workerData.name })
    pool.on('connection_created', payload => parentPort.postMessage(payload))
    // What is only listened to holds no thread open.
    parentPort.on('message', () => parentPort.close())
    parentPort.postMessage('listens')`
  const listening = new Worker(script, { eval: true, workerData: { root: ROOT, name } })
  await once(listening, 'message')
  const told = once(listening, 'message')
  await text(pool)
  expect(await told).toEqual([{ protocol: 'http', origin: server.url('').replace(/\/$/, ''), active: 1, total: 1 }])
  listening.postMessage('go')
  await once(listening, 'exit')
  expect(await text(pool)).toHaveLength(200)
})

const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { ConnectionPoolManager } = require(workerData.root)
  const http = require('node:http')
  const pool = new ConnectionPoolManager({ name: workerData.name, maxSockets: 6, maxSocketsPerHost: 6 })
  let created = 0, ended = false
  pool.on('connection_created', () => { created++ })
  const byAgent = () => new Promise((resolve, reject) => {
    http.get(workerData.url, { agent: pool.getHttpAgent() }, reply => reply.resume().on('end', resolve)).on('error', reject)
  })
  const ways = [async () => (await pool.request(workerData.url)).body.text(), async () => (await pool.fetch(workerData.url)).text(), byAgent]
  let done = 0
  async function ask (way) { while (!ended) { await way(); done++ } }
  // What one opens ahead does no request of another's harm.
  async function ahead () { while (!ended) { await pool.preconnect(workerData.url, 3).catch(error => { if (error.code !== 'ECONNRESET') throw error }); await new Promise(resolve => setImmediate(resolve)) } }
  const all = Promise.all([ahead(), ...Array.from({ length: 6 }, (_, i) => ask(ways[i % ways.length]))])
  parentPort.on('message', async how => {
    ended = true
    if (how === 'leave') { await all; await pool.drain() }
    if (how === 'drop') { all.catch(() => {}); pool.destroy() }
    parentPort.postMessage({ done, created })
    parentPort.close()
  })
  all.catch(error => { if (!ended) throw error })
  Promise.race([ways[0](), ways[2]()]).then(() => parentPort.postMessage('busy'))
`

function worker (name) {
  return new Worker(WORKER, { eval: true, workerData: { root: ROOT, name, url: server.url('/json') } })
}

test('eight threads that come and go under load share one pool, and nothing is left of it', async () => {
  const name = fresh()
  await server.reset()
  const rings = binding.ringCount()
  const keeper = open({ name, maxSockets: 6, maxSocketsPerHost: 6 })
  const endings = ['leave', 'drop', 'die']
  let done = 0
  /** One place among the eight, taken by one thread after the other. @param {number} place */
  async function takeTurns (place) {
    for (let turn = 0; turn < 3; turn++) {
      const one = worker(name)
      await once(one, 'message')
      const gone = once(one, 'exit')
      const how = endings[(place + turn) % endings.length]
      if (how === 'die') {
        await one.terminate()
        continue
      }
      one.postMessage(how)
      const [told] = await once(one, 'message')
      done += told.done
      await gone
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, place) => takeTurns(place)))
  expect(keeper.getMetrics()).toMatchObject({ peakPoolSize: expect.any(Number), agents: { http: { active: 0, pending: 0 } } })
  expect(keeper.getMetrics().peakPoolSize).toBeLessThanOrEqual(6)
  expect(keeper.getMetrics().totalRequests).toBeGreaterThanOrEqual(done)
  expect(done).toBeGreaterThan(16)
  await until(() => keeper.getMetrics().agents.http.total === keeper.getMetrics().agents.http.idle)
  const { connectionsCreated, connectionsDestroyed, currentPoolSize } = keeper.getMetrics()
  expect(connectionsCreated - connectionsDestroyed).toBe(currentPoolSize)
  // The server's own peak says nothing here: of what closes with a thread it hears after what is dialled in its place.
  await until(async () => (await server.stats()).connections.accepted === connectionsCreated)
  expect(binding.ringCount()).toBeLessThanOrEqual(rings + 1)
  await text(keeper)
  keeper.destroy()
  await until(async () => (await server.stats()).connections.open <= 1)
  expect(binding.heldNames()).toBe(0)
}, 120_000)

test('the thread that opened it may die first', async () => {
  const name = fresh()
  const first = worker(name)
  await once(first, 'message')
  const second = open({ name, maxSockets: 6, maxSocketsPerHost: 6 })
  await first.terminate()
  expect(await text(second)).toHaveLength(200)
  expect(second.getMetrics().agents.http.total).toBeGreaterThan(0)
  await until(() => second.getMetrics().agents.http.active === 0)
})

test('the threads that come and go leave no memory behind', async () => {
  const { code, stdout, stderr } = await runChild(`
    const { Worker } = require('node:worker_threads')
    const script = ${JSON.stringify(`
      const { workerData } = require('node:worker_threads')
      const { ConnectionPoolManager } = require(workerData.root)
      const pool = new ConnectionPoolManager({ name: 'held' })
      ;(async () => { for (let i = 0; i < 50; i++) await (await pool.request(workerData.url)).body.text() })().then(() => { if (workerData.neat) pool.destroy() })
    `)}
    const keeper = new ConnectionPoolManager({ name: 'held' })
    const run = neat => new Promise(resolve => new Worker(script, { eval: true, workerData: { root: ${JSON.stringify(ROOT)}, url, neat } }).on('exit', resolve))
    const rounds = async n => { for (let i = 0; i < n; i++) await Promise.all([run(true), run(false)]) }
    await rounds(10)
    const before = process.memoryUsage().rss
    await rounds(20)
    console.log(Math.round((process.memoryUsage().rss - before) / 2 ** 20), keeper.getMetrics().connectionsCreated <= 10)
  `, { url: server.url('/json') })
  expect([code, stderr]).toEqual([0, ''])
  const [grown, shared] = stdout.trim().split(' ')
  expect(shared).toBe('true')
  // A thread that left its slabs behind would leave three quarters of a MiB, forty of them thirty.
  expect(Number(grown)).toBeLessThan(20)
}, 60_000)
