'use strict'

const { Contender } = require('../contender')
const { figure } = require('../report/numbers')
const { table } = require('../report/table')

const IN_FLIGHT = 50
/** An idle connection is closed after a time drawn from [0, this]. */
const CLOSE_WITHIN_MS = 5
/** Half of the requests follow on one another; before each of the others its lane rests for up to so long. */
const REST_MS = 3
/** Fewer closings than this for so many requests, and the race was not run. */
const REQUESTS_A_CLOSING = 100

/**
 * GETs against a server that closes idle connections at random. Every error that reaches the caller counts.
 * @param {import('../../__tests__/servers/launch').Server} server the fault server
 * @param {{requests: number, others: number}} plan  how many of ours, and of each of those beside it
 * @param {string} [ours] the contender that is ours
 */
async function closing (server, { requests, others }, ours = 'rag-connection-pool') {
  const results = []
  for (const name of [ours, 'undici', 'http.Agent']) {
    results.push(await raced(server, name, name === ours ? requests : others))
  }
  return results
}

/**
 * @param {import('../../__tests__/servers/launch').Server} server
 * @param {string} name
 * @param {number} requests
 */
async function raced (server, name, requests) {
  await server.post('/mode', { closeIdleWithinMs: CLOSE_WITHIN_MS, by: 'fin', seed: 1 })
  await server.reset()
  const contender = new Contender(name)
  await contender.open(`http://127.0.0.1:${server.http}`, { connections: IN_FLIGHT, keepIdleMs: 60_000, read: 'json' })
  const load = { path: '/ok', lanes: IN_FLIGHT, requests: requests / 2, timedEvery: Infinity }
  const parts = [await contender.load(load), await contender.load({ ...load, restMs: REST_MS })]
  await contender.close()
  const { idleFins, connections } = await server.stats()
  /** @type {Record<string, number>} */
  const errors = {}
  for (const part of parts) {
    for (const [code, count] of Object.entries(part.errors)) errors[code] = (errors[code] ?? 0) + count
  }
  return { name, requests, errors, failed: sum(Object.values(errors)), closedByServer: idleFins, opened: connections.accepted }
}

/** @param {number[]} values */
function sum (values) {
  return values.reduce((total, value) => total + value, 0)
}

/** @param {Awaited<ReturnType<typeof closing>>} results */
function closingText (results) {
  const rows = results.map(({ name, requests, errors, failed, closedByServer, opened }) => [
    name,
    figure(requests),
    String(failed),
    figure(1e6 * failed / requests),
    figure(closedByServer),
    figure(opened),
    Object.entries(errors).map(([code, count]) => `${code} ${count}`).join(', ')
  ])
  return `GETs, ${IN_FLIGHT} in flight, against connections that close after 0–${CLOSE_WITHIN_MS} ms idle\n` +
    table(['', 'requests', 'errors', 'a million', 'closed by server', 'opened', ''], rows)
}

/**
 * @param {Awaited<ReturnType<typeof closing>>} results
 * @returns {import('../report/targets').Target[]}
 */
function closingTargets ([ours]) {
  if (ours === undefined) return []
  return [
    { what: `errors in ${figure(ours.requests)} GETs against closing connections`, measured: ours.failed, sense: '≤', bound: 0 },
    { what: 'connections that closed meanwhile', measured: ours.closedByServer, sense: '≥', bound: ours.requests / REQUESTS_A_CLOSING }
  ]
}

module.exports = { closing, closingText, closingTargets }
