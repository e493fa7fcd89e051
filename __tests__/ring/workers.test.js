'use strict'

const { Worker } = require('node:worker_threads')
const { once } = require('node:events')
const { open } = require('../support/pools')
const { runChild, ROOT } = require('../support/child')
const { until } = require('../support/awaiting')
const binding = require('../support/addon')
const { serve } = require('../support/servers')

const server = serve('bench-server')

/** A worker that has requests of every kind in flight once it says so. */
function busyWorker () {
  return new Worker(`
    const { parentPort, workerData } = require('node:worker_threads')
    const { ConnectionPoolManager } = require(workerData.root)
    const pool = new ConnectionPoolManager({ maxSocketsPerHost: 5 })
    for (let i = 0; i < 20; i++) {
      pool.request(workerData.url + '/drip?n=1000000&every=1').then(({ body }) => body.resume(), () => {})
      pool.request(workerData.url + '/sink', { method: 'POST', body: (async function * () { for (;;) yield Buffer.alloc(50000) })() }).catch(() => {})
    }
    pool.request(workerData.url + '/json').catch(() => {})
    setTimeout(() => parentPort.postMessage('busy'), 20)`, { eval: true, workerData: { root: ROOT, url: server.url('') } })
}

test('a terminated worker loses its own requests and nobody else\'s', async () => {
  const pool = open()
  const drips = Array.from({ length: 5 }, () => pool.request(server.url('/drip?n=100&every=2')).then(({ body }) => body.text()))
  const worker = busyWorker()
  await once(worker, 'message')
  await worker.terminate()
  expect((await Promise.all(drips)).map(text => text.length)).toEqual([100, 100, 100, 100, 100])
  expect((await pool.request(server.url('/json'))).statusCode).toBe(200)
})

test('twenty workers one after the other leave no ring and no connection', async () => {
  const before = binding.ringCount()
  const { open: connections } = (await server.stats()).connections
  for (let i = 0; i < 20; i++) {
    const worker = busyWorker()
    await once(worker, 'message')
    await worker.terminate()
  }
  expect(binding.ringCount()).toBe(before)
  await until(async () => (await server.stats()).connections.open <= connections)
}, 60_000)

test('workers carry requests beside each other', async () => {
  const workers = Array.from({ length: 4 }, () => new Worker(`
    const { parentPort, workerData } = require('node:worker_threads')
    const { ConnectionPoolManager } = require(workerData.root)
    const pool = new ConnectionPoolManager()
    Promise.all(Array.from({ length: 200 }, async () => (await pool.request(workerData.url)).body.json())).then(all => parentPort.postMessage(all.length))
  `, { eval: true, workerData: { root: ROOT, url: server.url('/json') } }))
  const counts = await Promise.all(workers.map(async worker => (await once(worker, 'message'))[0]))
  expect(counts).toEqual([200, 200, 200, 200])
  await Promise.all(workers.map(worker => worker.terminate()))
})

test('a worker with an idle pool ends by itself', async () => {
  const worker = new Worker(`
    const { workerData } = require('node:worker_threads')
    const { ConnectionPoolManager } = require(workerData.root)
    const pool = new ConnectionPoolManager()
    pool.request(workerData.url).then(({ body }) => body.text())`, { eval: true, workerData: { root: ROOT, url: server.url('/json') } })
  expect(await once(worker, 'exit')).toEqual([0])
})

test.each([
  ['first and only there', ''],
  ['there and then in the main thread', 'await main()']
])('an addon that is loaded by a worker %s outlives it', async (_, after) => {
  const { code, signal, stdout, stderr } = await runChild(`
    const { Worker } = require('node:worker_threads')
    const { once } = require('node:events')
    const url = ${JSON.stringify(server.url(''))}
    const main = async () => { const { ConnectionPoolManager } = require('.'); console.log((await new ConnectionPoolManager().request(url + '/json')).statusCode) }
    for (let i = 0; i < 3; i++) {
      const worker = new Worker("const { parentPort } = require('node:worker_threads'); const { ConnectionPoolManager } = require('.'); const pool = new ConnectionPoolManager(); pool.request('" + url + "/drip?n=100000&every=1').then(({ body }) => { body.resume(); parentPort.postMessage('busy') })", { eval: true })
      await once(worker, 'message')
      await worker.terminate()
    }
    ${after}
    console.log('alive')`, { bare: true })
  expect([code, signal, stdout.endsWith('alive\n'), stderr]).toEqual([0, null, true, ''])
})
