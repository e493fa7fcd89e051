'use strict'

const binding = require('../support/addon')
const { runChild } = require('../support/child')
const { serve } = require('../support/servers')

const server = serve('bench-server')

/** Calls every function of the addon with things that it was not made for; an exit code of 0 is what is asked. */
const ATTACK = `
  const binding = require('./binding.js')
  const calls = { taken: 0, thrown: 0 }
  const call = (name, ...args) => { try { binding[name](...args); calls.taken++ } catch { calls.thrown++ } }
  const detached = new Uint8Array(8)
  structuredClone(detached.buffer, { transfer: [detached.buffer] })
  const object = { deliver () {}, later () {}, ended () {} }
  const ring = binding.attach(object)
  const pool = binding.openPool(ring.id, {})
  const ids = [ring.id, 0, -1, 1e9, 2 ** 32, 2 ** 53, NaN, Infinity, 1.5, '1', null, undefined, {}, [], 5n, Symbol('s')]
  const numbers = [0, 1, 23, 24, 25, 4096, 262144, 262145, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -1, NaN, 1.5]
  const bytes = [new Uint8Array(0), new Uint8Array(10), new Uint8Array(100000), detached, new Uint8Array(new SharedArrayBuffer(8)), Buffer.alloc(3), 'text', null, undefined, {}, new Float64Array(2), new ArrayBuffer(8), new DataView(new ArrayBuffer(4))]`

const END = `
  console.log(calls.taken > 0, calls.thrown > 0)
  process.exit() // requests that were claimed and never begun hold the process`

async function survives (attack) {
  const { code, signal, stdout, stderr } = await runChild(`${ATTACK}\n${attack}\n${END}`, { bare: true })
  expect([code, signal, stderr, stdout]).toEqual([0, null, '', 'true true\n'])
}

test('wrong ids, lengths and counts harm nobody', () => survives(`
  for (const id of ids) for (const length of numbers) for (const begun of [0, 1, 2 ** 32 - 1, -1]) call('submit', id, length, begun)
  for (const id of ids) { call('deliver', id); call('metrics', id); call('resetMetrics', id) }
  for (const id of ids) for (const number of numbers) call('destroyPool', id, number)`))

test('wrong handles and bytes harm nobody', () => survives(`
  for (const id of ids) for (const handle of numbers) for (const one of bytes) for (const name of ['take', 'attachBody', 'pushBody']) call(name, id, handle, one)`))

test('wrong places for vectors harm nobody', () => survives(`
  const numbersOf = [...bytes, new Float64Array(1000)]
  const vector = Buffer.from('[' + Array(100).fill('0.5').join() + ']')
  for (const text of [...bytes, vector]) for (const length of numbers) for (const room of numbersOf) for (const mark of ['m', '', '"', 'x'.repeat(1000), undefined]) call('takeVectors', text, length, room, mark)
  const store = new ArrayBuffer(8192)
  const [text, room] = [new Uint8Array(store), new Float64Array(store, 4096, 200)]
  text.set(vector)
  if (binding.takeVectors(text.subarray(0, 4096), vector.length, room, 'm') === 0) throw new Error('it was not taken')
  text.set(vector)
  if (binding.takeVectors(text, vector.length, room, 'm') !== 0) throw new Error('both may be written through either')`))

test('wrong leases harm nobody', () => survives(`
  call('take', Symbol('s'))
  call('take', 0, 0, new Uint8Array(1), true)
  const { leaseRaw, releaseRaw } = ring
  if (!binding.nameRaw(ring.id, 1, pool, 0, 'http\\n127.0.0.1\\n1')) throw new Error('not named')
  const all = [...ids, ...numbers]
  for (const one of all) for (const other of all) {
    leaseRaw(one, other, one, other)
    leaseRaw(one, other, 1, other)
    releaseRaw(other, one, other, one, other)
    leaseRaw(one)
    releaseRaw()
  }
  await new Promise(resolve => setTimeout(resolve, 50))`))

test('the calls of a ring that is gone lead nowhere', () => survives(`
  call('take', Symbol('s'))
  call('take', 0, 0, new Uint8Array(1), true)
  require('node:v8').setFlagsFromString('--expose-gc')
  const collect = require('node:vm').runInNewContext('gc')
  const gone = (() => binding.attach({ deliver () {}, later () {}, ended () {} }))()
  const rings = binding.ringCount()
  while (binding.ringCount() === rings) { collect(); await new Promise(resolve => setImmediate(resolve)) }
  if (!binding.nameRaw(ring.id, 1, pool, 0, 'http\\n127.0.0.1\\n1') || binding.nameRaw(gone.id, 1, pool, 0, 'http\\n127.0.0.1\\n1')) throw new Error('named')
  if (gone.leaseRaw(1, 2 ** 30, 1, true) !== 4 || gone.releaseRaw(2 ** 30, 0, 0, true, -1) !== 0) throw new Error('led somewhere')`))

test('wrong things to attach to harm nobody', () => survives(`
  for (const thing of [{}, [], () => {}, null, undefined, 5, 'x', Object.freeze({}), new Proxy({}, { get () { throw new Error('no') } })]) call('attach', thing)
  for (const size of [0, 1, 3, 4, 23, 24, 28, 100, NaN, -1, '5', null]) { call('attach', object, size); call('attach', object, undefined, size) }`))

test('wrong options harm nobody', () => survives(`
  const hostile = [{}, [], null, undefined, 5, 'x', () => {}, new Proxy({}, { ownKeys () { throw new Error('no') } }), { get maxSockets () { throw new Error('no') } }, { maxSockets: Symbol('s') }, { maxSockets: 1n }, Object.create(null), new Map()]
  for (const options of hostile) for (const tls of hostile) call('openPool', ring.id, options, tls)
  for (const options of hostile) for (const hosts of [...hostile, hostile, [{ path: 'x', options }], [{ path: 5, options }], [{ path: 'x', options: {}, tls: options }]]) { call('openPool', ring.id, {}, undefined, hosts); call('refuseOptions', options, undefined, hosts) }
  for (const id of ids) for (const number of numbers) { call('trackRequest', id, number); call('trackRequest', pool, number); call('trackError', id, true); call('trackExhaustion', id) }
  for (const tls of [{ rejectUnauthorized: true, ca: ['x'] }, { rejectUnauthorized: true, ca: [5] }, { rejectUnauthorized: true, key: detached, cert: 'x' }, { rejectUnauthorized: 'x' }]) call('openPool', ring.id, {}, tls)
  for (const roots of [[], ['x'], [5], 'x', null, [Symbol('s')], new Array(5)]) call('trustRoots', roots)
  call('trustRoots', Symbol('s'))`))

test('any words in the submission slab harm nobody', () => survives(`
  call('take', Symbol('s'))
  let state = 1
  const next = () => (state = (state * 48271) % 2147483647)
  const words = new Uint32Array(ring.submissions)
  for (let round = 0; round < 3000; round++) {
    for (let i = 0; i < 200; i++) words[i] = [0, 1, 2, 4, 6, 7, 24, 48, 2 ** 32 - 1, next()][next() % 10]
    words[0] = next() % 9
    words[2] = (next() % 100) * 4
    call('submit', ring.id, 800, 0)
  }
  await new Promise(resolve => setTimeout(resolve, 50))`))

test('records that name no origin, no request and no head still end in a reply or nothing', async () => {
  const { SmallRing } = require('../support/ring')
  const ring = new SmallRing()
  const failures = []
  for (const head of ['', 'GET', 'GET\n', 'G ET\n/', 'GET\n/\nname', 'GET\n/\nna me\nvalue', 'GET\n/\nname\n\u0000']) {
    await new Promise(resolve => {
      const handle = ring.handles.open({ onReply: resolve, onHead () {}, onData () {}, onEnd: resolve, onRoom () {}, onFail: failure => { failures.push(failure.code); resolve(undefined) } })
      ring.submissions.request(handle, 77, head, null, 0, 0, undefined)
    })
  }
  ring.origin(server.http)
  for (const head of ['', 'GET', 'G ET\n/', 'GET\n/\nname', 'GET\n/\nna me\nvalue']) {
    await new Promise(resolve => {
      const handle = ring.handles.open({ onReply: resolve, onHead () {}, onData () {}, onEnd: resolve, onRoom () {}, onFail: failure => { failures.push(failure.code); resolve(undefined) } })
      ring.submissions.request(handle, 1, head, null, 0, 0, undefined)
    })
  }
  expect([...new Set(failures)].sort()).toEqual(['ERR_POOL_DESTROYED', 'ERR_POOL_INTERNAL'])
  ring.close()
})

test('more headers than a map holds fail their request alone, and the next is answered', async () => {
  const { SmallRing } = require('../support/ring')
  const ring = new SmallRing()
  ring.origin(server.http)
  const crowd = Array.from({ length: 30_000 }, (_, i) => `\nx${i.toString(36)}\n`).join('')
  const failure = await new Promise((resolve, reject) => {
    const handle = ring.handles.open({ onReply: reject, onHead: reject, onData () {}, onEnd () {}, onRoom () {}, onFail: resolve })
    ring.submissions.request(handle, 1, `GET\n/json${crowd}`, null, 0, 0, undefined)
  })
  expect([failure.code, (await ring.ask('/json')).status]).toEqual(['ERR_POOL_INTERNAL', 200])
  ring.close()
})

test('an unknown pool has no metrics', () => {
  expect(binding.metrics(4_000_000_000, true)).toBeNull()
})
