'use strict'

const { until } = require('../support/awaiting')
const { frameServer } = require('../support/frames')
const frames = require('../support/peer')
const { open } = require('../support/pools')
const { h2 } = require('./h2-rows')
const { PATIENT, oneOf, adrift } = require('./judged')
const { ways, said } = require('./ways')

// The agents speak HTTP/1.1.
const WAYS = /** @type {const} */ (['request', 'fetch'])

test.each(h2.flatMap(row => WAYS.map(way => /** @type {[string, string, any]} */ ([row.fault, way, row]))))('%s, through %s', async (_, way, row) => {
  const server = await frameServer()
  const pool = open({ ...PATIENT, h2c: true, ...row.options })
  // Nobody sends that one twice, unless the server has said that it did nothing.
  const asked = ways[way](pool, server.url, { method: 'POST', body: 'payload' })
  const first = await server.peer(0)
  const stream = await first.request()
  row.act(first, stream, frames)
  void server.peer(1).then(answering)
  const seen = said(await asked)
  void answering(first)
  const next = said(await ways[way](pool, server.url, {}))
  expect({ seen, connection: server.peers.length === 1 ? 'kept' : 'closed', next, adrift: adrift(pool) })
    .toEqual({ seen: oneOf(row.sees), connection: row.connection, next: '200 ok', adrift: 0 })
  // Another connection in its place does not say that it is gone.
  if (server.peers.length > 1) await until(() => first.socket.destroyed)
  pool.closeIdle()
  await until(() => pool.getMetrics().currentPoolSize === 0 && server.peers.every(peer => peer.socket.destroyed))
})

/**
 * Answers what comes until the client has gone.
 * @param {import('../support/peer').Peer} peer
 */
async function answering (peer) {
  try {
    for (;;) peer.answer(await peer.request())
  } catch {}
}
