'use strict'

const https = require('node:https')
const { once } = require('node:events')
const { until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { serve } = require('../support/servers')

const bench = serve('bench-server')

test('figures of an origin that are read later are those of the call', async () => {
  const pool = open()
  const url = bench.url('/json')
  await (await pool.request(url)).body.text()
  const before = pool.getMetrics()
  await (await pool.request(url)).body.text()
  expect(before.origins[new URL(url).origin].totalRequests).toBe(1)
  expect(pool.getMetrics().origins[new URL(url).origin].totalRequests).toBe(2)
})

test('figures that were handed out are the caller\'s own', async () => {
  const pool = open()
  const url = bench.url('/json')
  await (await pool.request(url)).body.text()
  const { origins } = pool.getMetrics()
  origins[new URL(url).origin].totalRequests = 17
  expect(pool.getMetrics().origins[new URL(url).origin].totalRequests).toBe(1)
})

test('the figures of all origins are there when the metrics are copied or written as JSON', async () => {
  const pool = open()
  const url = bench.url('/json')
  await (await pool.request(url)).body.text()
  const metrics = pool.getMetrics()
  const { origin } = new URL(url)
  expect({ ...metrics }.origins[origin].totalRequests).toBe(1)
  expect(JSON.parse(JSON.stringify(metrics)).origins[origin]).toEqual(metrics.origins[origin])
  expect(structuredClone(metrics).origins[origin]).toEqual(metrics.origins[origin])
})

test('an origin that is reached under two trusts is one, with the connections of both', async () => {
  const pool = open({ tls: { rejectUnauthorized: false } })
  const url = bench.secure('/json')
  await (await pool.request(url)).body.text()
  const request = https.get(url, { agent: pool.getHttpsAgent(), servername: 'another.test', rejectUnauthorized: false })
  const [reply] = await once(request, 'response')
  await once(reply.resume(), 'end')
  await until(() => pool.getMetrics().agents.https.idle === 2)
  const { origins } = pool.getMetrics()
  expect(Object.keys(origins)).toEqual([new URL(url).origin])
  expect(origins[new URL(url).origin]).toMatchObject({ idle: 2, total: 2, totalRequests: 2 })
})
