'use strict'

const { once } = require('node:events')
const http = require('node:http')
const { rejection, until } = require('../support/awaiting')
const { serve } = require('../support/servers')
const { open } = require('./pools')

const server = serve('bench-server')

/** A pool of one connection with a request in flight and two that wait, one of each kind an agent's. */
async function busy () {
  const pool = open({ maxSockets: 1 })
  const agent = pool.getHttpAgent()
  const failed = [rejection(pool.request(server.url('/delay?ms=60000'))), rejection(pool.request(server.url('/json')))]
  failed.push(once(http.get(server.url('/json'), { agent }), 'error').then(([error]) => error))
  await until(() => Object.values(agent.requests).flat().length === 2 && Object.values(agent.sockets).flat()[0]?.connecting === false)
  return { pool, agent, failed }
}

test('what is in flight and what waits fails', async () => {
  const { pool, failed } = await busy()
  pool.destroy()
  expect((await Promise.all(failed)).map(({ name, code }) => [name, code])).toEqual(Array(3).fill(['PoolError', 'ERR_POOL_DESTROYED']))
})

test('what waits opens no connection any more', async () => {
  const { pool, agent, failed } = await busy()
  await server.reset()
  pool.destroy()
  await Promise.all(failed)
  await until(async () => (await server.stats()).connections.open === 0)
  expect((await server.stats()).connections.accepted).toBe(0)
  expect([agent.requests, agent.sockets, agent.freeSockets].map(lists => Object.values(lists).flat())).toEqual([[], [], []])
})

test('an agent\'s request in flight fails', async () => {
  const pool = open()
  const agent = pool.getHttpAgent()
  const request = http.get(server.url('/delay?ms=60000'), { agent })
  await once(request, 'finish')
  pool.destroy()
  const [error] = await once(request, 'error')
  expect(error).toMatchObject({ name: 'PoolError', code: 'ERR_POOL_DESTROYED' })
})

test('an agent that was kept refuses', async () => {
  const pool = open()
  const agent = pool.getHttpAgent()
  pool.destroy()
  const [error] = await once(http.get(server.url('/json'), { agent }), 'error')
  expect(error).toMatchObject({ name: 'PoolError', code: 'ERR_POOL_DESTROYED' })
})

test('a body that is being read fails', async () => {
  const pool = open()
  const { body } = await pool.request(server.url('/drip?n=100000&every=5'))
  const failed = rejection(body.text())
  pool.destroy()
  expect(await failed).toMatchObject({ code: 'ERR_POOL_DESTROYED', phase: 'body' })
})

test('a fetch in flight fails, and one that comes later', async () => {
  const pool = open()
  const failed = rejection(pool.fetch(server.url('/delay?ms=60000')))
  pool.destroy()
  for (const error of [await failed, await rejection(pool.fetch(server.url('/json')))]) {
    expect([error.name, error.message, error.cause.code]).toEqual(['TypeError', 'fetch failed', 'ERR_POOL_DESTROYED'])
  }
})

test('a request whose stream is locked fails alone, and the pool can be destroyed', async () => {
  const pool = open()
  const destroyed = once(pool, 'destroyed')
  const locked = new ReadableStream()
  locked.getReader()
  expect(await rejection(pool.request('http://127.0.0.1:1/', { method: 'POST', body: locked }))).toMatchObject({ name: 'TypeError' })
  pool.destroy()
  await destroyed
})
