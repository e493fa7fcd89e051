'use strict'

const { createServer } = require('node:http')
const { once } = require('node:events')
const { open } = require('../support/pools')
const { left } = require('../support/servers')
const { names } = require('./name-rows')
const { oneOf, adrift } = require('./judged')
const { ways, said } = require('./ways')

/** Two servers at one port, each at an address of its own, that say where they are; the first can leave. */
async function places () {
  const at = async (/** @type {string} */ address, /** @type {number} */ port) => {
    const server = createServer((_, reply) => reply.end(address)).listen(port, address)
    await once(server, 'listening')
    const leave = () => new Promise(resolve => { server.close(resolve); server.closeAllConnections() })
    left.push(leave)
    return { leave, port: /** @type {import('node:net').AddressInfo} */ (server.address()).port }
  }
  const first = await at('127.0.0.1', 0)
  await at('127.0.0.2', first.port)
  return first
}

test.each(names.flatMap(row => Object.keys(ways).map(way => /** @type {[string, keyof ways, any]} */ ([row.fault, way, row]))))('%s, through %s', async (_, way, row) => {
  const { port, leave } = await places()
  const answers = row.answers && [...row.answers]
  const lookup = (/** @type {string} */ _name, /** @type {any} */ { all }, /** @type {any} */ done) => {
    const answer = answers.shift() ?? '127.0.0.2'
    if (answer === 'silence') return
    if (!/^\d/.test(answer)) return done(Object.assign(new Error(`getaddrinfo ${answer} api.test`), { code: answer, syscall: 'getaddrinfo', hostname: 'api.test' }))
    done(null, all ? [{ address: answer, family: 4 }] : answer, 4)
  }
  const pool = open({ ...answers && { lookup }, ...row.options })
  const ask = async () => said(await ways[way](pool, `http://${answers ? 'api.test' : 'no-such-host.invalid'}:${port}/`, {}))
  const seen = await ask()
  const { currentPoolSize } = pool.getMetrics()
  if (row.thenLeave) await leave()
  const next = await ask()
  expect({ seen, connection: currentPoolSize === 1 ? 'kept' : 'none', next, adrift: adrift(pool) })
    .toEqual({ seen: oneOf(way === 'agent' ? row.agent ?? row.sees : row.sees), connection: row.connection, next: row.next, adrift: 0 })
})
