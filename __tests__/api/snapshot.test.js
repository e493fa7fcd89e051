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

test('the figures of a pool say how it ended, however many were destroyed after it', async () => {
  const pool = open()
  await (await pool.request(bench.url('/json'))).body.text()
  pool.destroy()
  for (let i = 0; i < 80; i++) open().destroy()
  expect(pool.getMetrics()).toMatchObject({ connectionsCreated: 1, connectionsDestroyed: 1, currentPoolSize: 0, totalRequests: 1 })
  expect(pool.getStatus()).toMatchObject({ activeConnections: 0, utilization: 0 })
})

test('a high error rate is told of anew after the metrics were reset', async () => {
  const pool = open()
  let told = 0
  pool.on('high_error_rate', () => { told++ })
  pool.trackError(new Error('one'))
  await until(() => told === 1)
  pool.resetMetrics()
  pool.trackError(new Error('two'))
  await until(() => told === 2)
})

test('who listens for a high error rate later is told of the next failure', async () => {
  const pool = open()
  let told = 0
  pool.once('high_error_rate', () => { told++ })
  pool.trackError(new Error('one'))
  await until(() => told === 1)
  pool.trackError(new Error('unheard'))
  pool.once('high_error_rate', () => { told++ })
  pool.trackError(new Error('two'))
  await until(() => told === 2)
})

test('what somebody has added to the prototype of all objects is no option', () => {
  // eslint-disable-next-line no-extend-native -- it is what some applications do
  Object.prototype.queueTimeout = 17
  try {
    const pool = open({ perHostPools: { one: { hosts: ['one.test'] } } })
    expect(Object.hasOwn(pool.config.perHostPools.one, 'queueTimeout')).toBe(false)
    expect(Object.keys(pool.config)).not.toContain('constructor')
  } finally {
    delete Object.prototype.queueTimeout
  }
})

test('a URL that is none shows neither its query nor its password', () => {
  const pool = open()
  expect(() => pool.getAgentForUrl('api.example.com/v1?key=SECRET')).toThrow("received 'api.example.com/v1'")
  expect(() => pool.getAgentForUrl('ftp://user:SECRET@host/')).toThrow('received a text with an @')
})
