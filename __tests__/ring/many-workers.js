'use strict'

// Loads the addon in one worker after the other, a few at a time, has each use it and ends it, prints what is left, and ends with
// exit code 1 if that is more than the first left: `node --expose-gc __tests__/ring/many-workers.js [count]`. Every third is
// terminated with requests in flight.

const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { once } = require('node:events')
const { promisify } = require('node:util')
const { Worker } = require('node:worker_threads')

const AT_ONCE = 4
const MIB = 1024 * 1024
/** By which memory may exceed that after the first tenth, in whose time allocators still grow: of 1,000 workers it was 15 %. */
const GROWTH = 0.2
const root = path.join(__dirname, '..', '..')

const SCRIPT = `
  const { parentPort, workerData } = require('node:worker_threads')
  const http = require('node:http')
  const { ConnectionPoolManager } = require(workerData.root)
  const pool = new ConnectionPoolManager({ maxSocketsPerHost: 4 })
  const byAgent = () => new Promise((resolve, reject) => http.get(workerData.url, { agent: pool.getHttpAgent() }, reply => reply.resume().on('end', resolve)).on('error', reject))
  const use = async () => {
    for (let i = 0; i < 3; i++) await Promise.all([pool.request(workerData.url).then(({ body }) => body.text()), pool.fetch(workerData.url).then(reply => reply.text()), byAgent()])
    if (workerData.ends === 'destroyed') pool.destroy()
    if (workerData.ends !== 'busy') return parentPort.postMessage('used')
    for (let i = 0; i < 6; i++) pool.request(workerData.url + 'never').catch(() => {})
    byAgent()
    parentPort.postMessage('used')
  }
  use()`

const ENDS = ['busy', 'idle', 'destroyed']

/** @param {number} count */
async function load (count) {
  // In the main thread too, where it stays: what is measured is what workers leave.
  const binding = require('../support/addon')
  const server = http.createServer((request, reply) => { if (!request.url?.endsWith('never')) reply.end('x'.repeat(1000)) }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  let started = 0
  /** @type {Array<ReturnType<typeof left>>} */
  const marks = []
  const series = async () => {
    while (started < count) {
      const number = started++
      const worker = new Worker(SCRIPT, { eval: true, workerData: { root, url: `http://127.0.0.1:${port}/`, ends: ENDS[number % ENDS.length] } })
      await once(worker, 'message')
      if (number % 2 === 0) await worker.terminate()
      else await Promise.race([once(worker, 'exit'), new Promise(resolve => setImmediate(resolve)).then(() => worker.terminate())])
    }
  }
  const tenth = Math.ceil(count / 10)
  for (let until = tenth; until <= count; until += tenth) {
    const goal = Math.min(until, count)
    const before = count
    count = goal
    await Promise.all(Array.from({ length: AT_ONCE }, series))
    count = before
    await emptied(server)
    marks.push(left(binding))
  }
  server.closeAllConnections()
  server.close()
  return { count, first: marks[0], last: marks.at(-1) }
}

/**
 * Until nobody is connected any more: a worker that was terminated has its connections closed by the engine, a moment later.
 * @param {http.Server} server
 */
async function emptied (server) {
  const connections = promisify(server.getConnections.bind(server))
  while (await connections() > 0) await new Promise(resolve => setTimeout(resolve, 5))
}

/** @param {any} binding */
function left (binding) {
  globalThis.gc?.()
  const threads = Number(/^Threads:\s+(\d+)$/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1])
  return { mib: Math.round(process.memoryUsage().rss / MIB), handles: fs.readdirSync('/proc/self/fd').length, threads, rings: binding.ringCount() }
}

/**
 * What is wrong with what is left, a sentence each.
 * @param {ReturnType<typeof left>} first
 * @param {ReturnType<typeof left>} last
 */
function faultsOf (first, last) {
  const faults = ['handles', 'threads'].flatMap(what => last[what] > first[what] ? [`${last[what]} ${what} where there were ${first[what]} after the first tenth`] : [])
  if (last.rings !== 0) faults.push(`${last.rings} rings are left`)
  if (last.mib > first.mib * (1 + GROWTH)) faults.push(`memory is at ${last.mib} MiB where it was at ${first.mib} MiB after the first tenth: more than ${100 * GROWTH} % above it`)
  return faults
}

load(Number(process.argv[2] ?? 1000)).then(result => {
  console.log(JSON.stringify(result))
  for (const fault of faultsOf(result.first, result.last)) {
    console.error(fault)
    process.exitCode = 1
  }
}, error => {
  console.error(error)
  process.exitCode = 1
})
