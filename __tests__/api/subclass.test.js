'use strict'

const { ConnectionPoolManager, createPooledHttpClient } = require('../..')
const { exchange } = require('../agents/exchange')
const { rejection } = require('../support/awaiting')
const { httpServer } = require('../support/servers')

/** Whose fields have the names that a pool's own might have. */
class Mine extends ConnectionPoolManager {
  ring = 'mine'
  events = ['mine']
  bypass = true
  interceptors = {}
  flights = 5
  origins = null
  goesByProxies = true
  originOf () { throw new Error('mine') }
  refusal () { throw new Error('mine') }
}

test('a subclass may have fields of any name', async () => {
  const { url } = await httpServer((_, reply) => { reply.end('ok') })
  const pool = new Mine()
  const heard = []
  pool.on('request_completed', () => heard.push('completed'))
  expect(await (await pool.request(url)).body.text()).toBe('ok')
  expect(await (await pool.fetch(url)).text()).toBe('ok')
  expect((await exchange(url, { agent: pool.getHttpAgent() })).status).toBe(200)
  await pool.preconnect(url)
  const undo = pool.intercept(() => new Response('mine'))
  expect(await (await pool.request(url)).body.text()).toBe('mine')
  undo()
  expect(pool.closeIdle()).toBe(1)
  expect(await (await createPooledHttpClient({}, pool).get(url)).data).toBe('ok')
  await pool.drain()
  expect((await rejection(pool.request(url))).code).toBe('ERR_POOL_DESTROYED')
  expect((await rejection(pool.fetch(url))).cause.code).toBe('ERR_POOL_DESTROYED')
  expect([pool.destroyed, pool.ring, pool.events, pool.bypass, pool.interceptors, pool.flights]).toEqual([true, 'mine', ['mine'], true, {}, 5])
})
