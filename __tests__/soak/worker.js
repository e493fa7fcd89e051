'use strict'

// A thread of the soak: requests on a pool of its own and on one that all threads hold by its name, until it is told to end
// or terminated.

const { parentPort, workerData } = require('node:worker_threads')
const { ConnectionPoolManager } = require('../..')
const { Dice } = require('./dice')
const { isMistake } = require('./verdicts')

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
  const url = isFaulty ? dice.pick(faulty) + dice.pick(faults) : dice.pick(origins) + dice.pick(['/json', '/sse?tokens=5&every=10', '/bytes?n=300000'])
  const patience = { requestTimeout: isFaulty ? 500 : PATIENCE_MS }
  const late = setTimeout(() => parentPort.postMessage({ fault: `not settled: ${url}` }), 2 * PATIENCE_MS)
  try {
    const { body } = await dice.pick(pools).request(url, patience)
    await body.text()
  } catch (error) {
    if (!isFaulty || isMistake(error)) parentPort.postMessage({ fault: `${url} failed without a reason: ${error.code} ${error.message}` })
  } finally {
    clearTimeout(late)
  }
  settled++
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
