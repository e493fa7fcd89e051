'use strict'

// A thread of the soak: requests on a pool of its own and on one that all threads hold by its name, until it is told to end
// or terminated.

const { parentPort, workerData } = require('node:worker_threads')
const http = require('node:http')
const https = require('node:https')
const { Readable } = require('node:stream')
const { ConnectionPoolManager } = require('../..')
const { Dice } = require('./dice')
const { source, upload } = require('./traffic/replies')
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

async function one () {
  const isFaulty = dice.chance(0.3)
  const isUpload = dice.chance(0.3)
  const path = isUpload ? '/sink' : dice.pick(['/json', '/sse?tokens=5&every=10', '/bytes?n=300000'])
  const url = isFaulty ? dice.pick(faulty) + dice.pick(faults) : dice.pick(origins) + path
  const body = isUpload ? source(dice, upload(dice, dice.between(0, 300_000))) : null
  const late = setTimeout(() => parentPort.postMessage({ fault: `not settled: ${url}` }), 3 * PATIENCE_MS)
  try {
    await dice.pick([byRequest, byFetch, byAgent])(dice.pick(pools), url, body, isFaulty ? 500 : PATIENCE_MS)
  } catch (error) {
    if (isMistake(error) || (!isFaulty && !(isUpload && causeOf(error).mayHaveBeenProcessed))) parentPort.postMessage({ fault: `${url} failed without a reason: ${error.code} ${error.message}` })
  } finally {
    clearTimeout(late)
  }
  settled++
}

/** Ways in: a pool, where to, what is sent or null, and within which time. */
async function byRequest (pool, url, body, ms) {
  const sent = body instanceof Blob ? body.stream() : body
  const reply = await pool.request(url, { method: body === null ? 'GET' : 'POST', body: sent, requestTimeout: ms })
  await reply.body.text()
}

async function byFetch (pool, url, body, ms) {
  await (await pool.fetch(url, { method: body === null ? 'GET' : 'POST', body, duplex: 'half', signal: AbortSignal.timeout(ms) })).text()
}

function byAgent (pool, url, body, ms) {
  return new Promise((resolve, reject) => {
    const { request } = url.startsWith('https:') ? https : http
    const sent = request(url, { agent: pool.getAgentForUrl(url), method: body === null ? 'GET' : 'POST', signal: AbortSignal.timeout(ms) })
    sent.on('error', reject).on('close', resolve).on('response', reply => reply.on('error', reject).resume())
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
