'use strict'

// Bytes that a server sends before it is asked, and what the request that comes next gets.

const { until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { serve } = require('../support/servers')
const { PATIENT, adrift } = require('./judged')
const { ways, said } = require('./ways')

const server = serve('fault-server')

test.each(Object.keys(ways))('a connection that was opened ahead and hears a reply before it asks is closed; %s gets its own', async way => {
  const pool = open(PATIENT)
  await server.post('/greet', { connections: 1 })
  await pool.preconnect(server.url(), 1)
  await until(() => pool.getMetrics().currentPoolSize === 0)
  expect(said(await ways[way](pool, server.url('/echo?id=7'), {}))).toBe('200 7')
  expect([pool.getMetrics().connectionsCreated, adrift(pool)]).toEqual([2, 0])
})

test.each(Object.keys(ways))('replies that a server sends too many of reach nobody else through %s', async way => {
  const pool = open({ maxSocketsPerHost: 4 })
  const asked = Array.from({ length: 200 }, async (_, id) => {
    // Each fifth reply has another behind it, in the same piece or a moment later.
    const path = id % 5 === 0 ? ['/two-replies?', '/long-body?', '/reply-after-close?after=0&'][(id / 5) % 3] : '/echo?'
    const seen = said(await ways[way](pool, server.url(`${path}id=${id}`), {}))
    return path === '/echo?' ? seen : seen.includes('stray')
  })
  expect(await Promise.all(asked)).toEqual(asked.map((_, id) => id % 5 === 0 ? false : `200 ${id}`))
  expect(adrift(pool)).toBe(0)
})
