'use strict'

// Visits distinct origins, by every way in, prints what memory that took, and fails if it goes on growing in the second half:
// `node --expose-gc __tests__/security/many-origins.js [count]`. Half of them answer and half refuse the connection.

const http = require('node:http')
const { once } = require('node:events')
const { ConnectionPoolManager } = require('../..')

const IN_FLIGHT = 40
/** A port at which nobody listens. One that was free a moment ago another process may have by now. */
const CLOSED = 2
const MIB = 1024 * 1024
/** What memory may go up and down by, in the second half. */
const SWAY = { part: 0.1, mib: 10 }

const lookup = (/** @type {string} */ _, /** @type {any} */ options, /** @type {any} */ done) => options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)

/** @type {Array<(pool: any, url: string) => Promise<unknown>>} */
const WAYS = [
  async (pool, url) => (await pool.request(url)).body.text(),
  async (pool, url) => (await pool.fetch(url)).text(),
  (pool, url) => new Promise((resolve, reject) => {
    http.get(url, { agent: pool.getHttpAgent() }, reply => reply.resume().on('end', resolve)).on('error', reject)
  })
]

/** @param {number} count */
async function visit (count) {
  const server = http.createServer((request, reply) => reply.end('here')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const open = /** @type {import('node:net').AddressInfo} */ (server.address()).port
  // A name that the system is asked for goes to the cache of names; one literal address in two is spared that.
  const pools = [new ConnectionPoolManager({ lookup }), new ConnectionPoolManager()]
  let answered = 0
  let next = 0
  /** @type {number[]} */
  const marks = []
  const visitor = async () => {
    while (next < count) {
      const number = next++
      if (number > 0 && number % Math.ceil(count / 10) === 0) marks.push(rss())
      const url = number % 4 === 1
        ? `http://127.${number >> 16 & 255}.${number >> 8 & 255}.${number & 255}:${CLOSED}/`
        : `http://n${number}.localhost:${number % 2 === 0 ? open : CLOSED}/`
      const pool = pools[number % 4 === 1 ? 1 : 0]
      const way = WAYS[number % WAYS.length]
      await way?.(pool, url).then(() => answered++, error => { if (!/ECONNREFUSED/.test(`${error.code} ${error.cause?.code}`)) throw error })
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, visitor))
  marks.push(rss())
  const origins = pools.map(pool => Object.keys(pool.getMetrics().origins).length)
  for (const pool of pools) pool.destroy()
  server.closeAllConnections()
  server.close()
  return { count, answered, origins, mib: marks, grown: Math.round(((marks.at(-1) ?? 0) - (marks[0] ?? 0)) * 10) / 10 }
}

function rss () {
  globalThis.gc?.()
  return Math.round(process.memoryUsage().rss / MIB * 10) / 10
}

visit(Number(process.argv[2] ?? 1_000_000)).then(result => {
  console.log(JSON.stringify(result))
  const half = result.mib[Math.floor(result.mib.length / 2) - 1] ?? 0
  const grown = (result.mib.at(-1) ?? 0) - half
  if (grown <= half * SWAY.part + SWAY.mib) return
  console.error(`memory grew by ${grown} MiB from ${half} MiB at half`)
  process.exitCode = 1
}, error => {
  console.error(error)
  process.exitCode = 1
})
