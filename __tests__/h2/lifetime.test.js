'use strict'

// What bounds the life of a connection bounds that of one which carries many requests at a time, and harms none of them.

const { http2Server } = require('../support/servers')
const { open } = require('../support/pools')
const { until } = require('../support/awaiting')
const { Workshop } = require('../support/certificates')

const workshop = new Workshop()
const { cert, key } = workshop.issue('localhost')
const ca = workshop.root.cert

/** A server that holds its replies back, and knows which of its connections each came by. */
async function served () {
  const sessions = new Map()
  const held = []
  const { url } = await http2Server({ key, cert }, (request, reply) => {
    const { session } = request.stream
    sessions.set(session, (sessions.get(session) ?? 0) + 1)
    if (request.url === '/held') held.push(reply)
    else reply.end('ok')
  })
  return { url, sessions, held }
}

const text = async (pool, url) => (await pool.request(url)).body.text()

/** Its connections are all accounted for. */
function expectBalance (pool) {
  const { connectionsCreated, connectionsDestroyed, detached, currentPoolSize } = pool.getMetrics()
  expect(connectionsCreated - connectionsDestroyed - detached).toBe(currentPoolSize)
}

test('maxRequestsPerSocket bounds the requests of a connection, one after the other', async () => {
  const { url, sessions } = await served()
  const pool = open({ tls: { ca }, maxRequestsPerSocket: 3 })
  for (let i = 0; i < 9; i++) expect(await text(pool, url)).toBe('ok')
  expect([...sessions.values()]).toEqual([3, 3, 3])
  await until(() => pool.getMetrics().connectionsDestroyed === 3)
  expectBalance(pool)
})

test('maxRequestsPerSocket bounds them at the same time, and none is lost', async () => {
  const { url, sessions, held } = await served()
  const pool = open({ tls: { ca }, maxRequestsPerSocket: 4 })
  const asked = Array.from({ length: 12 }, () => text(pool, `${url}/held`))
  await until(() => held.length === 12)
  for (const reply of held) reply.end('held')
  expect(new Set(await Promise.all(asked))).toEqual(new Set(['held']))
  expect(Math.max(...sessions.values())).toBe(4)
  expect([...sessions.values()].reduce((sum, count) => sum + count)).toBe(12)
  await until(() => pool.getMetrics().connectionsDestroyed === sessions.size)
  expectBalance(pool)
})

test('a connection past maxLifetime takes no more requests, ends those that it has and goes', async () => {
  const { url, sessions, held } = await served()
  const pool = open({ tls: { ca }, maxLifetime: 300 })
  const long = text(pool, `${url}/held`)
  await until(() => held.length === 1)
  const [first] = sessions.keys()
  await until(async () => { await text(pool, url); return sessions.size > 1 })
  expect(first.closed).toBe(false)
  held[0].end('whole')
  expect(await long).toBe('whole')
  await until(() => first.closed)
  expect(pool.getMetrics().errors).toBe(0)
  await until(() => pool.getMetrics().connectionsDestroyed >= 1)
  expectBalance(pool)
})

test('an idle connection past maxLifetime is closed, though nobody asks', async () => {
  const { url, sessions } = await served()
  const pool = open({ tls: { ca }, maxLifetime: 100 })
  await text(pool, url)
  const [first] = sessions.keys()
  await until(() => first.closed)
  await until(() => pool.getMetrics().currentPoolSize === 0)
  expect(pool.getMetrics()).toMatchObject({ connectionsCreated: 1, connectionsDestroyed: 1, errors: 0 })
})
