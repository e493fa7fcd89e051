'use strict'

const net = require('node:net')
const { Worker } = require('node:worker_threads')
const { once } = require('node:events')
const { until } = require('../support/awaiting')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')
const { httpsServer, left } = require('../support/servers')
const { dials } = require('./dial-rows')
const { PATIENT, oneOf, adrift } = require('./judged')
const { ways, said } = require('./ways')

const workshop = new Workshop()
const certified = workshop.issue('localhost')

/** A server of which the first connection is misled. @param {(socket: net.Socket) => void} misled */
async function misleading (misled) {
  const { server } = await httpsServer(certified, (_, reply) => reply.end('here'))
  /** @type {net.Socket | null} */
  let first = null
  const door = net.createServer(socket => {
    socket.on('error', () => {})
    if (first !== null) return server.emit('connection', socket)
    first = socket
    socket.once('data', () => misled(socket))
  })
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  const { port } = /** @type {net.AddressInfo} */ (door.address())
  left.push(() => new Promise(resolve => { door.close(resolve); server.closeAllConnections() }))
  return { url: `https://localhost:${port}/`, relent: async () => {}, isGone: () => first?.destroyed === true }
}

/** A listener whose queue is full, so that the kernel lets no more in, until it relents: its thread stands still. */
async function deaf () {
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(`
    const { workerData: { gate, certified }, parentPort } = require('node:worker_threads')
    const server = require('node:https').createServer(certified, (_, reply) => reply.end('here'))
    server.on('connection', () => parentPort.postMessage('taken'))
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port)
      Atomics.wait(gate, 0, 0)
    })`, { eval: true, workerData: { gate, certified } })
  const [port] = await once(worker, 'message')
  const crowd = Array.from({ length: 4 }, () => net.connect(port, '127.0.0.1').on('error', () => {}))
  // Linux lets one more in than the queue is long; those beyond stay half-open.
  await Promise.all(crowd.slice(0, 2).map(socket => once(socket, 'connect')))
  left.push(async () => {
    for (const socket of crowd) socket.destroy()
    await worker.terminate()
  })
  const relent = async () => {
    // What the kernel was sent before there is room again it has dropped, and is sent anew only after a second.
    const taken = once(worker, 'message')
    Atomics.store(gate, 0, 1)
    Atomics.notify(gate, 0)
    await taken
    for (const socket of crowd) socket.destroy()
  }
  return { url: `https://localhost:${port}/`, relent, isGone: () => true }
}

test.each(dials.flatMap(row => Object.keys(ways).map(way => /** @type {[string, keyof ways, any]} */ ([row.fault, way, row]))))('%s, through %s', async (_, way, row) => {
  const { url, relent, isGone } = await (row.misled === null ? deaf() : misleading(row.misled))
  const pool = open({ ...PATIENT, tls: { ca: workshop.root.cert }, family: 4, ...row.options })
  const ask = async () => said(await ways[way](pool, url, {}))
  const seen = await ask()
  const { currentPoolSize } = pool.getMetrics()
  await until(isGone)
  await relent()
  const next = await ask()
  expect({ seen, currentPoolSize, next, adrift: adrift(pool) })
    .toEqual({ seen: oneOf(way === 'agent' ? row.agent ?? row.sees : row.sees), currentPoolSize: 0, next: '200 here', adrift: 0 })
})
