'use strict'

const http = require('node:http')
const { once } = require('node:events')
const { exchange } = require('../agents/exchange')
const { createPooledHttpClient } = require('../..')
const { rejection, until } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { httpServer, serve } = require('../support/servers')

const server = serve('bench-server')

/** A server whose replies the test gives. */
async function holding () {
  const held = []
  const { url } = await httpServer((request, reply) => { held.push({ path: request.url, reply }) })
  return { url, held }
}

test('what is in flight and in the queue finishes, then the pool is destroyed', async () => {
  const pool = open({ maxSocketsPerHost: 1 })
  const { url, held } = await holding()
  const flying = pool.request(`${url}/flying`).then(({ body }) => body.text())
  const queued = pool.fetch(`${url}/queued`).then(response => response.text())
  await until(() => held.length === 1)
  const drained = pool.drain()
  held[0].reply.end('a')
  await until(() => held.length === 2)
  expect(pool.destroyed).toBe(false)
  held[1].reply.end('b')
  expect([await flying, await queued]).toEqual(['a', 'b'])
  await drained
  expect([pool.destroyed, pool.getMetrics().currentPoolSize]).toEqual([true, 0])
})

test('a body that is still coming is waited for', async () => {
  const pool = open()
  const { body } = await pool.request(server.url('/drip?n=50&every=2'))
  const drained = pool.drain()
  expect((await body.text()).length).toBe(50)
  await drained
})

test('nothing new is taken on, by whatever way', async () => {
  const pool = open()
  const agent = pool.getHttpAgent()
  const { url, held } = await holding()
  const flying = pool.request(url).then(({ body }) => body.text())
  await until(() => held.length === 1)
  const drained = pool.drain()
  const errors = [
    await rejection(pool.request(url)),
    (await rejection(pool.fetch(url))).cause,
    await rejection(exchange(url, { agent })),
    await rejection(pool.preconnect(url)),
    await rejection(createPooledHttpClient({}, pool).get(url))
  ]
  expect(errors.map(({ code }) => code)).toEqual(Array.from({ length: 5 }, () => 'ERR_POOL_DRAINING'))
  expect(errors[0]).toMatchObject({ name: 'PoolError', phase: 'queue' })
  held[0].reply.end()
  await flying
  await drained
  expect((await rejection(pool.request(url))).code).toBe('ERR_POOL_DESTROYED')
})

test('an agent\'s requests finish, in flight and in the queue', async () => {
  const pool = open({ maxSocketsPerHost: 1 })
  const agent = pool.getHttpAgent()
  const { url, held } = await holding()
  const both = [exchange(url, { agent }), exchange(url, { agent })]
  await until(() => held.length === 1)
  const drained = pool.drain()
  held[0].reply.end('a')
  await until(() => held.length === 2)
  held[1].reply.end('b')
  expect((await Promise.all(both)).map(({ body }) => String(body))).toEqual(['a', 'b'])
  await drained
})

test('a redirect belongs to the call that follows it', async () => {
  const pool = open()
  const { url, held } = await holding()
  const client = createPooledHttpClient({}, pool)
  const calls = [pool.fetch(`${url}/fetch`).then(response => response.text()), client.get(`${url}/client`).then(({ data }) => data)]
  await until(() => held.length === 2)
  const drained = pool.drain()
  for (const { path, reply } of held.splice(0)) reply.writeHead(302, { location: `${path}/there` }).end()
  await until(() => held.length === 2)
  for (const { path, reply } of held) reply.end(path)
  expect(await Promise.all(calls)).toEqual(['/fetch/there', '/client/there'])
  await drained
})

test('what its caller gives up is not waited for', async () => {
  const pool = open()
  const { url, held } = await holding()
  const leaving = new AbortController()
  const calls = [pool.request(url, { signal: leaving.signal }), pool.fetch(url, { signal: leaving.signal })]
  const request = http.get(url, { agent: pool.getHttpAgent() }).on('error', () => {})
  await until(() => held.length === 3)
  const drained = pool.drain()
  leaving.abort()
  request.destroy()
  await Promise.allSettled(calls)
  await drained
})

test('a connection that was upgraded is its user\'s and not waited for', async () => {
  const pool = open()
  const { server: upgrading, url } = await httpServer(() => {})
  upgrading.on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n')
    socket.on('error', () => {}).on('end', () => socket.end()).resume()
  })
  const request = http.get(url, { agent: pool.getHttpAgent(), headers: { connection: 'upgrade', upgrade: 'echo' } })
  const [, socket] = await once(request, 'upgrade')
  await pool.drain()
  socket.destroy()
})

test('an idle pool is drained at once, and every call gives the same promise', async () => {
  const pool = open()
  await (await pool.request(server.url('/json'))).body.text()
  const told = jest.fn()
  pool.on('destroyed', told)
  const drained = pool.drain()
  expect(pool.drain()).toBe(drained)
  await drained
  await pool.drain()
  expect([pool.destroyed, told.mock.calls.length]).toEqual([true, 1])
})

test('a destroyed pool is drained', async () => {
  const pool = open()
  pool.destroy()
  await pool.drain()
})

test('destroy ends a drain, and what is in flight', async () => {
  const pool = open()
  const { url, held } = await holding()
  const flying = rejection(pool.request(url))
  await until(() => held.length === 1)
  const drained = pool.drain()
  pool.destroy()
  await drained
  expect((await flying).code).toBe('ERR_POOL_DESTROYED')
})

test('a request that is answered in JavaScript is waited for', async () => {
  const pool = open()
  let answer
  pool.intercept(() => new Promise(resolve => { answer = () => resolve({ statusCode: 200, body: 'mine' }) }))
  const flying = pool.request('http://a.test/').then(({ body }) => body.text())
  const drained = pool.drain()
  await until(() => answer)
  answer()
  expect(await flying).toBe('mine')
  await drained
})

test('a drained pool lets the process exit', async () => {
  const { code, stdout } = await runChild(`
    const pool = new ConnectionPoolManager()
    pool.request(url).then(({ body }) => body.text()).then(text => console.log(text.length))
    await pool.drain()
    console.log('drained')
  `, { url: server.url('/json') })
  expect([code, stdout.split('\n').sort()]).toEqual([0, ['', '200', 'drained']])
})

test('under RAG_POOL_BYPASS=1 it finishes what it has, too', async () => {
  const { code, stdout } = await runChild(`
    process.env.RAG_POOL_BYPASS = '1'
    process.removeAllListeners('warning')
    const pool = new ConnectionPoolManager()
    await pool.preconnect(url, 2)
    await (await pool.request(url)).body.text()
    const flying = [pool.request(url).then(({ body }) => body.text()), pool.fetch(url).then(response => response.text())]
    const drained = pool.drain()
    const error = await pool.request(url).catch(error => error)
    const lengths = (await Promise.all(flying)).map(text => text.length)
    await drained
    console.log(JSON.stringify([error.code, lengths, pool.destroyed, pool.closeIdle()]))
  `, { url: server.url('/json') })
  expect([code, stdout]).toEqual([0, '["ERR_POOL_DRAINING",[200,200],true,0]\n'])
})
