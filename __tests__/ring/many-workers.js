'use strict'

// Loads the addon in one worker after the other, a few at a time, has each use it and ends it, prints what is left, and ends with
// exit code 1 if that is more than the first left: `node --expose-gc __tests__/ring/many-workers.js [count]`. Every third is
// terminated with requests in flight.
//
// A worker of Node's leaves memory behind by itself, a little and never twice the same. Where memory has grown by more than
// allocators grow in the time of a few workers, another process does the same by Node's own clients: `… [count] bare`.

const { execFile } = require('node:child_process')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { once } = require('node:events')
const { promisify } = require('node:util')
const { Worker } = require('node:worker_threads')

const AT_ONCE = 4
const MIB = 1024 * 1024
/** By which memory may exceed that after the first tenth, in whose time allocators still grow. */
const GROWTH = 0.2
/** By which a worker may leave more than a bare one. A realm or a ring that stayed would be some 5 MiB. */
const MOST_MIB_EACH = 0.02
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

const BARE = `
  const { parentPort, workerData } = require('node:worker_threads')
  const http = require('node:http')
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
  const get = url => new Promise((resolve, reject) => http.get(url, { agent }, reply => reply.resume().on('end', resolve)).on('error', reject))
  const use = async () => {
    for (let i = 0; i < 3; i++) await Promise.all([get(workerData.url), fetch(workerData.url).then(reply => reply.text()), get(workerData.url)])
    if (workerData.ends === 'destroyed') agent.destroy()
    if (workerData.ends !== 'busy') return parentPort.postMessage('used')
    for (let i = 0; i < 7; i++) get(workerData.url + 'never').catch(() => {})
    parentPort.postMessage('used')
  }
  use()`

const ENDS = ['busy', 'idle', 'destroyed']

/**
 * @param {number} count
 * @param {string} script
 */
async function load (count, script) {
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
      const worker = new Worker(script, { eval: true, workerData: { root, url: `http://127.0.0.1:${port}/`, ends: ENDS[number % ENDS.length] } })
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
 * @param {Awaited<ReturnType<typeof load>>} result
 */
async function faultsOf ({ count, first, last }) {
  const faults = ['handles', 'threads'].flatMap(what => last[what] > first[what] ? [`${last[what]} ${what} where there were ${first[what]} after the first tenth`] : [])
  if (last.rings !== 0) faults.push(`${last.rings} rings are left`)
  if (last.mib <= first.mib * (1 + GROWTH)) return faults
  const bare = await bareOnes(count)
  const most = Math.round(bare.last.mib - bare.first.mib + MOST_MIB_EACH * count)
  if (last.mib - first.mib <= most) return faults
  return [...faults, `memory has grown from ${first.mib} to ${last.mib} MiB since the first tenth, without the package from ${bare.first.mib} to ${bare.last.mib}: ${most} would do`]
}

/**
 * What as many workers leave that use Node's own clients, in a process of their own.
 * @param {number} count
 * @returns {ReturnType<typeof load>}
 */
async function bareOnes (count) {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', __filename, String(count), 'bare'])
  console.error(`without the package ${stdout.trim()}`)
  return JSON.parse(stdout)
}

/**
 * @param {number} count
 * @param {boolean} bare
 */
async function main (count, bare) {
  const result = await load(count, bare ? BARE : SCRIPT)
  console.log(JSON.stringify(result))
  for (const fault of bare ? [] : await faultsOf(result)) {
    console.error(fault)
    process.exitCode = 1
  }
}

main(Number(process.argv[2] ?? 1000), process.argv[3] === 'bare').catch(error => {
  console.error(error)
  process.exitCode = 1
})
