'use strict'

// Plays every case on the Node that runs this, outside Jest. One line of JSON goes out for each.

const { once } = require('node:events')
const http = require('node:http')
const net = require('node:net')
const { inspect, isDeepStrictEqual } = require('node:util')
const { ConnectionPoolManager } = require('../../..')
const { groups } = require('./cases')
const { compare } = require('./compare')
const { differences } = require('./differences')
const { serveCases } = require('./server')

const ALLOWED = differences.filter(line => line.inJest !== true)

/**
 * @typedef {object} Told
 * @property {string} name `group: name`
 * @property {boolean} isSame
 * @property {string} theirs for people
 * @property {string} ours
 * @property {number[]} needed the places of the differences without which the two would differ
 */

async function main () {
  for (const [group, cases] of groups) {
    for (const [name, run] of Object.entries(cases)) process.stdout.write(`${JSON.stringify(await told(`${group}: ${name}`, run))}\n`)
  }
}

/**
 * @param {string} name
 * @param {import('./play').Case} run
 * @returns {Promise<Told>}
 */
async function told (name, run) {
  const server = http.createServer((request, reply) => { void serveCases(request, reply) }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {net.AddressInfo} */ (server.address())
  const stage = { url: `http://127.0.0.1:${port}`, other: `http://localhost:${port}`, closed: `http://127.0.0.1:${await closedPort()}` }
  const pool = new ConnectionPoolManager()
  const { theirs, ours, needed } = await compare(name, run, stage, pool, ALLOWED)
  pool.destroy()
  server.close()
  server.closeAllConnections()
  const shown = (/** @type {unknown} */ outcome) => inspect(outcome, { depth: null, sorted: true })
  return {
    name,
    isSame: isDeepStrictEqual(ours, theirs),
    theirs: shown(theirs),
    ours: shown(ours),
    needed: needed.map(line => differences.indexOf(line))
  }
}

async function closedPort () {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {net.AddressInfo} */ (server.address())
  server.close()
  await once(server, 'close')
  return port
}

void main()
