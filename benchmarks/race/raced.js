'use strict'

const { Contender } = require('../contender')

const IN_FLIGHT = 50
/** An idle connection is closed after a time drawn from [0, this]. */
const CLOSE_WITHIN_MS = 5
/** Every second request of a lane follows the one before it at once, each other one after a rest of up to so long. */
const REST_MS = 3

/**
 * What is asked: who may send it twice, and who may not.
 * @typedef {object} Kind
 * @property {string} name
 * @property {'GET' | 'POST'} method
 * @property {boolean} isKeyed whether each has an Idempotency-Key of its own
 */

/** @type {Record<'get' | 'keyed' | 'post', Kind>} */
const KINDS = {
  get: { name: 'GET', method: 'GET', isKeyed: false },
  keyed: { name: 'POST with a key', method: 'POST', isKeyed: true },
  post: { name: 'POST', method: 'POST', isKeyed: false }
}

/** What the server's log has of the requests, each by its id. @typedef {{ ids: number, read: number, answered: number, idsReadTwice: number, idsAnsweredTwice: number, idsNeverAnswered: number }} Log */

/**
 * Requests of one kind through one client, in a process of its own, against a server that closes idle connections at
 * random. What the client says is held against what the server's log says.
 * @param {import('../../__tests__/servers/launch').Server} server the fault server
 * @param {string} name of the contender
 * @param {Kind} kind
 * @param {number} requests
 * @param {'fin' | 'reset'} by how a connection is closed
 */
async function raced (server, name, kind, requests, by) {
  await server.post('/mode', { closeIdleWithinMs: CLOSE_WITHIN_MS, by, seed: 1 })
  await server.reset()
  const contender = new Contender(name)
  await contender.open(`http://127.0.0.1:${server.http}`, { connections: IN_FLIGHT, keepIdleMs: 60_000, read: 'text' })
  const { errors, strays, seconds } = await contender.race({ method: kind.method, isKeyed: kind.isKeyed, requests, lanes: IN_FLIGHT, restMs: REST_MS })
  const { version } = contender
  await contender.close()
  /** @type {Log} */
  const log = await atRest(server)
  const { idleFins, idleResets, connections } = await server.stats()
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0)
  return { name, version, kind: kind.name, by, requests, failed, errors, strays, log, closedByServer: idleFins + idleResets, opened: connections.accepted, seconds }
}

/**
 * The log, once the server is through: a client may have a reply before the log does.
 * @param {import('../../__tests__/servers/launch').Server} server
 */
async function atRest (server) {
  for (let before = await server.stats(); ;) {
    const now = await server.stats()
    if (now.connections.open === 0 && now.repliesFinished === before.repliesFinished) return server.get('/log-summary')
    before = now
  }
}

/** @typedef {Awaited<ReturnType<typeof raced>>} Raced */

/**
 * Two rounds of the same as one.
 * @param {Raced} before
 * @param {Raced} round
 * @returns {Raced}
 */
function together (before, round) {
  return {
    ...before,
    requests: before.requests + round.requests,
    failed: before.failed + round.failed,
    errors: sums(before.errors, round.errors),
    strays: before.strays + round.strays,
    log: sums(before.log, round.log),
    closedByServer: before.closedByServer + round.closedByServer,
    opened: before.opened + round.opened,
    seconds: before.seconds + round.seconds
  }
}

/**
 * @template {Record<string, number>} T
 * @param {T} a
 * @param {T} b
 * @returns {T}
 */
function sums (a, b) {
  const all = new Set([...Object.keys(a), ...Object.keys(b)])
  return /** @type {T} */ (Object.fromEntries([...all].map(key => [key, (a[key] ?? 0) + (b[key] ?? 0)])))
}

module.exports = { raced, together, KINDS, IN_FLIGHT, CLOSE_WITHIN_MS, REST_MS }
