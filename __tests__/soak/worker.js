'use strict'

// A thread of the soak: requests on a pool of its own and on one that all threads hold by its name, until it is told to end
// or terminated.

const { parentPort, workerData } = require('node:worker_threads')
const http = require('node:http')
const https = require('node:https')
const { Readable } = require('node:stream')
const { ConnectionPoolManager } = require('../..')
const { Wrong } = require('./calls')
const { Dice } = require('./dice')
const { ensureTaken, known, source, upload } = require('./traffic/replies')
const { causeOf, isMistake } = require('./verdicts')

const AT_ONCE = 20
const PATIENCE_MS = 10_000

const { seed, origins, faulty, faults, ca } = workerData
const dice = new Dice(seed)
const pools = [
  new ConnectionPoolManager({ tls: { ca } }),
  new ConnectionPoolManager({ name: 'soak', maxSocketsPerHost: 50, maxSockets: 200, tls: { ca } })
]
const told = new AbortController()
let settled = 0

/** What is asked for, what is sent or null, and what holds for the reply of a server that behaves. */
function asked () {
  if (!dice.chance(0.3)) return { body: null, ...known(dice) }
  const sent = upload(dice, dice.between(0, 300_000))
  return { path: '/sink', body: source(dice, sent), ensure: whole => ensureTaken(JSON.parse(whole.toString()), sent) }
}

async function one () {
  const isFaulty = dice.chance(0.3)
  const { path, body, ensure } = asked()
  const url = isFaulty ? dice.pick(faulty) + dice.pick(faults) : dice.pick(origins) + path
  const late = setTimeout(() => parentPort.postMessage({ fault: `not settled: ${url}` }), 3 * PATIENCE_MS)
  try {
    const whole = await dice.pick([byRequest, byFetch, byAgent])(dice.pick(pools), url, body, isFaulty ? 500 : PATIENCE_MS)
    if (!isFaulty) ensure(whole)
  } catch (error) {
    const isRight = isFaulty || (body !== null && causeOf(error).mayHaveBeenProcessed)
    if (error instanceof Wrong) parentPort.postMessage({ fault: `${url}: ${error.message}` })
    else if (isMistake(error) || !isRight) parentPort.postMessage({ fault: `${url} failed without a reason: ${error.code} ${error.message}` })
  } finally {
    clearTimeout(late)
  }
  settled++
}

/** Ways in: a pool, where to, what is sent or null, and within which time; each gives the whole reply. */
async function byRequest (pool, url, body, ms) {
  const sent = body instanceof Blob ? body.stream() : body
  const reply = await pool.request(url, { method: body === null ? 'GET' : 'POST', body: sent, requestTimeout: ms })
  return Buffer.from(await reply.body.arrayBuffer())
}

async function byFetch (pool, url, body, ms) {
  const response = await pool.fetch(url, { method: body === null ? 'GET' : 'POST', body, duplex: 'half', signal: AbortSignal.timeout(ms) })
  return Buffer.from(await response.arrayBuffer())
}

function byAgent (pool, url, body, ms) {
  return new Promise((resolve, reject) => {
    const { request } = url.startsWith('https:') ? https : http
    const sent = request(url, { agent: pool.getAgentForUrl(url), method: body === null ? 'GET' : 'POST', signal: AbortSignal.timeout(ms) })
    const chunks = []
    sent.on('error', reject).on('close', () => resolve(Buffer.concat(chunks)))
    sent.on('response', reply => reply.on('error', reject).on('data', chunk => chunks.push(chunk)))
    if (body === null || body instanceof Uint8Array) sent.end(body ?? undefined)
    else Readable.from(body instanceof Blob ? body.stream() : body).on('error', reject).pipe(sent)
  })
}

async function lane () {
  while (!told.signal.aborted) await one()
}

parentPort.once('message', () => told.abort())
void Promise.all(Array.from({ length: AT_ONCE }, lane)).then(() => {
  for (const pool of pools) pool.destroy()
  parentPort.postMessage({ settled })
  parentPort.close()
})
