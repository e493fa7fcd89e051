'use strict'

// Visits distinct origins, by every way in, prints what memory that took, and ends with exit code 1 if it is more than the first
// of them took, in all or in the JavaScript heap, or if the metrics keep too many:
// `node --expose-gc __tests__/security/many-origins.js [count]`. Half of them answer and half refuse the connection.

const http = require('node:http')
const { once } = require('node:events')
const { ConnectionPoolManager } = require('../..')

const IN_FLIGHT = 40
/** A port at which nobody listens. One that was free a moment ago another process may have by now. */
const CLOSED = 2
const MIB = 1024 * 1024
/** By which memory may exceed that after the first tenth: of 1,000,000 origins it was 2 %. */
const GROWTH = 0.1
/** Before as many have been visited, what is bounded has not come to its bounds. */
const FULL = 20_000
/** Of the marks, which of the end; one alone was up to 17 % beside the others. */
const LAST = 3
/** What fills up to there takes some 25 MiB, with what allocators and the collector take for themselves. */
const FILLING_MIB = 50
/** The same of the JavaScript heap alone, which tells more of fewer origins: of 60,000 origins it was up to 4 % above. */
const HEAP_FULL = 6000
const HEAP_GROWTH = 0.06
/** The origins of which a pool has figures, and one in whose name it has those of the others. */
const MOST_ORIGINS = 1001

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
  const mib = []
  /** @type {number[]} */
  const heap = []
  const mark = () => {
    globalThis.gc?.()
    const { rss, heapUsed } = process.memoryUsage()
    mib.push(Math.round(rss / MIB * 10) / 10)
    heap.push(Math.round(heapUsed / MIB * 100) / 100)
  }
  const visitor = async () => {
    while (next < count) {
      const number = next++
      if (number > 0 && number % Math.ceil(count / 10) === 0) mark()
      const url = number % 4 === 1
        ? `http://127.${number >> 16 & 255}.${number >> 8 & 255}.${number & 255}:${CLOSED}/`
        : `http://n${number}.localhost:${number % 2 === 0 ? open : CLOSED}/`
      const pool = pools[number % 4 === 1 ? 1 : 0]
      const way = WAYS[number % WAYS.length]
      await way?.(pool, url).then(() => answered++, error => { if (!/ECONNREFUSED/.test(`${error.code} ${error.cause?.code}`)) throw error })
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, visitor))
  mark()
  const origins = pools.map(pool => Object.keys(pool.getMetrics().origins).length)
  for (const pool of pools) pool.destroy()
  server.closeAllConnections()
  server.close()
  return { count, answered, origins, mib, heap }
}

/**
 * What is wrong with what was seen, a sentence each.
 * @param {Awaited<ReturnType<typeof visit>>} seen
 */
function faultsOf ({ count, answered, origins, mib, heap }) {
  const faults = []
  const due = Math.ceil(count / 2)
  if (answered !== due) faults.push(`${answered} origins answered where ${due} do`)
  if (origins.some(known => known > MOST_ORIGINS)) faults.push(`the metrics have ${origins.join(' and ')} origins where they keep ${MOST_ORIGINS}`)
  const markAt = (/** @type {number} */ visited) => Math.max(0, Math.ceil(visited / (count / 10)) - 1)
  const full = mib[markAt(FULL)]
  // What was just visited may stand in any one of them; what leaks stands in all.
  const last = Math.min(...mib.slice(-LAST))
  const most = full === undefined || markAt(FULL) > mib.length - LAST ? (mib[0] ?? 0) + FILLING_MIB : full * (1 + GROWTH)
  if (!(last <= most)) faults.push(`memory is at ${last} MiB or more where ${Math.round(most)} would do, after ${mib.join(', ')}`)
  const mostHeap = (heap[markAt(HEAP_FULL)] ?? Infinity) * (1 + HEAP_GROWTH)
  if (!((heap.at(-1) ?? Infinity) <= mostHeap)) faults.push(`the heap is at ${heap.at(-1)} MiB where ${mostHeap.toFixed(2)} would do, after ${heap.join(', ')}`)
  return faults
}

visit(Number(process.argv[2] ?? 1_000_000)).then(result => {
  console.log(JSON.stringify(result))
  for (const fault of faultsOf(result)) {
    console.error(fault)
    process.exitCode = 1
  }
}, error => {
  console.error(error)
  process.exitCode = 1
})
