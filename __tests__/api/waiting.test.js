'use strict'

const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { serve } = require('../support/servers')

const server = serve('bench-server')
const faulty = serve('fault-server')

/** The lines of a report that tell who waits, once so many do and the first has for a while. */
async function waiting (pool, requests) {
  await until(() => pool.getMetrics().agents.http.pending === requests && pool.getMetrics().oldestWaitMs > 10)
  const lines = pool.getReport().split('\n')
  return lines.slice(lines.indexOf('Waiting:') + 1).map(line => line.trim())
}

/** What never ends by itself. */
const ask = (pool, url) => { void rejection(pool.request(url)) }

test('the report says who waits at an origin\'s limit, and how long', async () => {
  const pool = open({ maxSocketsPerHost: 2 })
  for (let i = 0; i < 5; i++) ask(pool, server.url('/delay?ms=60000'))
  const lines = await waiting(pool, 3)
  expect(lines).toEqual([expect.stringMatching(new RegExp(`^http://127\\.0\\.0\\.1:${server.http}: 3 requests, the first for \\d+\\.\\d\\d ms, for one of its 2 connections, all busy$`))])
  expect(Number(/for ([\d.]+) ms/.exec(lines[0])[1])).toBeGreaterThan(10)
})

test('the report knows the limit that hosts have for themselves', async () => {
  const pool = open({ perHostPools: { here: { hosts: ['127.0.0.1'], maxSocketsPerHost: 1 } } })
  for (let i = 0; i < 2; i++) ask(pool, server.url('/delay?ms=60000'))
  expect(await waiting(pool, 1)).toEqual([expect.stringMatching(/: 1 request, the first for .* ms, for its one connection, which is busy$/)])
})

test('the report says who waits at the pool\'s limit', async () => {
  const pool = open({ maxSockets: 1 })
  ask(pool, server.url('/delay?ms=60000'))
  await until(() => pool.getMetrics().agents.http.active === 1)
  ask(pool, faulty.url('/ok'))
  expect(await waiting(pool, 1)).toEqual([expect.stringMatching(new RegExp(`:${faulty.http}: 1 request, .* for one of the pool's 1 connections, all open$`))])
})

test('the report says who waits for a dial', async () => {
  const pool = open()
  const url = `https://127.0.0.1:${faulty.silent}/`
  ask(pool, url)
  await until(() => pool.getMetrics().agents.https.pending === 1 && pool.getMetrics().oldestWaitMs > 10)
  expect(pool.getReport()).toMatch(new RegExp(`:${faulty.silent}: 1 request, the first for .* ms, for a connection that is being made$`, 'm'))
})

test('nobody waits in the report of a pool at rest', async () => {
  const pool = open({ maxSockets: 1 })
  await Promise.all([1, 2, 3].map(async () => (await pool.request(server.url('/json'))).body.text()))
  expect(pool.getReport()).not.toContain('Waiting')
})
