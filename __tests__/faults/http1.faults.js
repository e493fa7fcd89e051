'use strict'

const { until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { serve } = require('../support/servers')
const { groups } = require('./rows')
const { PATIENT, oneOf, adrift } = require('./judged')
const { ways, said } = require('./ways')

/** @typedef {import('./rows').Row} Row */

const server = serve('fault-server')
let ids = 0

/** The first request of a connection in clear, and a later one over TLS. @type {Array<[string, { isSecure: boolean, isReused: boolean }]>} */
const MANNERS = [
  ['on a fresh connection', { isSecure: false, isReused: false }],
  ['on a kept connection, over TLS', { isSecure: true, isReused: true }]
]

describe.each(MANNERS)('%s', (_, manner) => {
  describe.each(Object.entries(groups))('%s', (_, rows) => {
    test.each(rows.map(row => /** @type {[string, Row]} */ ([row.fault, row])))('%s', async (_, row) => {
      const asked = Object.keys(ways).filter(way => way !== 'agent' || row.agent !== null)
      const got = await Promise.all(asked.map(way => played(/** @type {keyof ways} */ (way), row, manner)))
      expect(got).toEqual(asked.map(way => expected(/** @type {keyof ways} */ (way), row)))
      await until(async () => (await server.stats()).connections.open === 0)
      expect((await server.get('/log-summary')).idsReadTwice).toBe(0)
    })
  })
})

/**
 * @param {keyof ways} way
 * @param {Row} row
 */
function expected (way, row) {
  const connection = way === 'agent' ? row.agentConnection ?? row.connection : row.connection
  const sees = way === 'agent' ? row.agent ?? row.sees : row.sees
  return { way, sees: oneOf(sees), connection, next: 'its own bytes', adrift: 0 }
}

/**
 * One row through one way in: the fault, then what became of its connection, then another request.
 * @param {keyof ways} way
 * @param {Row} row
 * @param {{ isSecure: boolean, isReused: boolean }} manner
 */
async function played (way, row, { isSecure, isReused }) {
  const pool = open({ ...PATIENT, tls: { ca: server.ca }, ...row.options })
  const ask = (/** @type {string} */ path, /** @type {import('./ways').Ask} */ how) => {
    const id = ids++
    const target = `${path}${path.includes('?') ? '&' : '?'}id=${id}`
    return ways[way](pool, isSecure ? server.secure(target) : server.url(target), how).then(outcome => ({ id, seen: said(outcome) }))
  }
  const echo = async () => {
    const { id, seen } = await ask('/echo', {})
    return seen === `200 ${id}` ? 'its own bytes' : seen
  }
  if (isReused) await echo()
  // Nobody sends that one twice, whatever it was answered.
  const { seen } = await ask(row.path, { ...isReused && { method: 'POST', body: 'payload' }, ...row.ask })
  const kept = await rested(pool, row, way)
  const next = await echo()
  const { connectionsCreated } = pool.getMetrics()
  const books = adrift(pool)
  pool.closeIdle()
  await until(() => pool.getMetrics().currentPoolSize === 0)
  return { way, sees: seen, connection: kept && connectionsCreated === 1 ? 'kept' : 'closed', next, adrift: books }
}

/**
 * Whether the connection of the fault is kept, once it is idle or gone.
 * @param {any} pool
 * @param {Row} row
 * @param {keyof ways} way
 */
async function rested (pool, row, way) {
  const fate = way === 'agent' ? row.agentConnection ?? row.connection : row.connection
  await until(() => {
    const { agents, currentPoolSize } = pool.getMetrics()
    return agents.http.active + agents.https.active === 0 && currentPoolSize === (fate === 'kept' ? 1 : 0)
  })
  return pool.getMetrics().currentPoolSize === 1
}
