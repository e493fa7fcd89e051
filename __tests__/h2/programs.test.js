'use strict'

// Against the servers that most requests meet.

const fs = require('node:fs')
const path = require('node:path')
const { exchange } = require('../agents/exchange')
const { open } = require('../support/pools')
const { describeWith } = require('../support/programs')
const { until } = require('../support/awaiting')
const { Workshop } = require('../support/certificates')
const { caddy, h2o, nginx } = require('./programs')

const workshop = new Workshop()
const issued = workshop.issue('localhost')
const LARGE = Buffer.alloc(3_000_000, 'large ')

describe.each(Object.entries({ nginx, h2o, caddy }))('%s', (name, start) => describeWith(name)('over TLS', () => {
  const served = start(issued)
  const url = (/** @type {string} */ place) => `https://localhost:${served.port}${place}`
  const pool = (options = {}) => open({ tls: { ca: workshop.root.cert }, ...options })

  beforeAll(() => fs.writeFileSync(path.join(served.folder, 'files', 'large'), LARGE))

  test('a request goes over HTTP/2', async () => {
    const { statusCode, body } = await pool().request(url('/protocol'))
    expect([statusCode, await body.text()]).toEqual([200, 'HTTP/2.0'])
  })

  test('a burst keeps to its streams, however often it lets connections go', async () => {
    const one = pool()
    const asked = Array.from({ length: 400 }, async () => (await one.request(url('/protocol'))).body.text())
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['HTTP/2.0']))
    const { errors, connectionsCreated, connectionsDestroyed, currentPoolSize } = one.getMetrics()
    expect(errors).toBe(0)
    expect(connectionsCreated - connectionsDestroyed).toBe(currentPoolSize)
  })

  test('large replies come whole, side by side', async () => {
    const one = pool()
    const asked = Array.from({ length: 8 }, async () => (await one.request(url('/large'))).body.arrayBuffer())
    for (const body of await Promise.all(asked)) expect(Buffer.from(body).equals(LARGE)).toBe(true)
  })

  test('a consumer that does not read holds up no other', async () => {
    const one = pool()
    const slow = await Promise.all(Array.from({ length: 6 }, () => one.request(url('/large'))))
    const quick = await one.request(url('/large'))
    expect((await quick.body.arrayBuffer()).byteLength).toBe(LARGE.length)
    for (const { body } of slow) expect((await body.arrayBuffer()).byteLength).toBe(LARGE.length)
  })

  test('a reply that nobody wants harms no other', async () => {
    const one = pool()
    const asked = Array.from({ length: 10 }, async (_, n) => {
      const { body } = await one.request(url('/large'))
      if (n % 2 === 0) return body.dump()
      expect((await body.arrayBuffer()).byteLength).toBe(LARGE.length)
    })
    await Promise.all(asked)
    await until(() => one.getMetrics().agents.https.active === 0)
  })

  test.each(['a pool that is to speak no HTTP/2', 'an agent'])('%s is answered in HTTP/1.1, and large replies come whole', async who => {
    const one = pool({ allowH2: who === 'an agent' })
    const agent = one.getHttpsAgent()
    const ask = async (/** @type {string} */ place) => who === 'an agent'
      ? (await exchange(url(place), { agent })).body
      : Buffer.from(await (await one.request(url(place))).body.arrayBuffer())
    if (name !== 'h2o') expect(String(await ask('/protocol'))).toBe('HTTP/1.1')
    const bodies = await Promise.all(Array.from({ length: 8 }, () => ask('/large')))
    expect(bodies.every(body => body.equals(LARGE))).toBe(true)
    expect(one.getMetrics().errors).toBe(0)
  })
}))
