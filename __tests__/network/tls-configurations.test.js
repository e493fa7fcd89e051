'use strict'

// What the engine keeps of TLS configurations that differ: as many as are in use, and a few for those who come again.

const { createHash, createPublicKey, randomBytes } = require('node:crypto')
const addon = require('../support/addon')
const { exchange } = require('../agents/exchange')
const { Workshop } = require('../support/certificates')
const { ConnectionPoolManager } = require('../..')
const { httpsServer } = require('../support/servers')

const workshop = new Workshop()
const ca = workshop.root.cert
const server = workshop.issue('localhost')
const pin = `sha256/${createHash('sha256').update(createPublicKey(server.cert).export({ type: 'spki', format: 'der' })).digest('base64')}`
/** The least that is kept whether somebody uses it or not. */
const ROOM = 64
const MANY = 150

/** A configuration that was never there before and lets the server in. */
const another = () => ({ ca, pins: [pin, `sha256/${randomBytes(32).toString('base64')}`] })

test('configurations are kept while their pools are open, and forgotten when others come', async () => {
  const { url } = await httpsServer(server, (request, reply) => reply.end('ok'))
  const use = async () => {
    const pool = new ConnectionPoolManager({ tls: another() })
    expect(await (await pool.request(url)).body.text()).toBe('ok')
    return pool
  }
  const pools = []
  for (let i = 0; i < MANY; i++) pools.push(await use())
  expect(addon.census().trusts).toBeGreaterThanOrEqual(MANY)
  for (const pool of pools) {
    expect(await (await pool.request(url)).body.text()).toBe('ok')
    pool.destroy()
  }
  for (let i = 0; i < 2 * MANY; i++) (await use()).destroy()
  // What was destroyed last is kept for its figures.
  const { trusts, past } = addon.census()
  expect(trusts).toBeLessThanOrEqual(2 * (past + ROOM))
})

test('equal configurations are one, in however many pools', async () => {
  const before = addon.census().trusts
  const tls = another()
  const pools = Array.from({ length: 20 }, () => new ConnectionPoolManager({ tls: { ...tls } }))
  expect(addon.census().trusts).toBeLessThanOrEqual(before + 1)
  pools.forEach(pool => pool.destroy())
})

test('a checkServerIdentity of its own is asked for each request that brings one', async () => {
  const { url } = await httpsServer(server, (request, reply) => reply.end('ok'))
  const pool = new ConnectionPoolManager({ tls: { ca } })
  const agent = pool.getHttpsAgent()
  const asked = []
  const judge = name => () => { asked.push(name) }
  const [one, other] = [judge('one'), judge('other')]
  for (const checkServerIdentity of [one, other, one]) await exchange(url, { agent, checkServerIdentity })
  expect(asked).toEqual(['one', 'other'])
  pool.destroy()
})
