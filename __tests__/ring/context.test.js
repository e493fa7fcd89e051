'use strict'

const { AsyncLocalStorage } = require('node:async_hooks')
const { once } = require('node:events')
const { Readable, Writable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { open } = require('../support/pools')
const { runChild } = require('../support/child')
const { rejection } = require('../support/awaiting')
const { serve } = require('../support/servers')

const server = serve('bench-server')
const faulty = serve('fault-server')

const storage = new AsyncLocalStorage()

/** Runs `work` under each of several stores at once, so that a mix-up shows, and gives what each saw. */
async function underEach (work) {
  const stores = Array.from({ length: 8 }, (_, i) => `store ${i}`)
  const seen = await Promise.all(stores.map(store => storage.run(store, () => work())))
  return stores.map((store, i) => [store, seen[i]])
}

function expectOwn (pairs) {
  for (const [store, seen] of pairs) expect([store, [...new Set([seen].flat())]]).toEqual([store, [store]])
}

test('the store is its own after await of the head and of the body', async () => {
  const pool = open()
  expectOwn(await underEach(async () => {
    const seen = []
    const { body } = await pool.request(server.url('/json'))
    seen.push(storage.getStore())
    await body.json()
    seen.push(storage.getStore())
    return seen
  }))
})

test('the store is its own in listeners of a body', async () => {
  const pool = open()
  expectOwn(await underEach(async () => {
    const seen = []
    const { body } = await pool.request(server.url('/drip?n=5&every=2'))
    body.on('data', () => seen.push(storage.getStore())).on('end', () => seen.push(storage.getStore())).on('close', () => seen.push(storage.getStore()))
    await once(body, 'close')
    return seen
  }))
})

test('the store is its own where a body is piped to', async () => {
  const pool = open()
  expectOwn(await underEach(async () => {
    const seen = []
    const { body } = await pool.request(server.url('/drip?n=5&every=2'))
    await pipeline(body, new Writable({ write (_, __, done) { seen.push(storage.getStore()); done() } }))
    return seen
  }))
})

test('the store is its own in the listener of a body\'s error', async () => {
  const pool = open()
  expectOwn(await underEach(async () => {
    const { body } = await pool.request(faulty.url('/reset-in-body?pause=20'))
    return new Promise(resolve => body.on('error', () => resolve(storage.getStore())).resume())
  }))
})

test('the store is its own after a rejection', async () => {
  const pool = open()
  expectOwn(await underEach(async () => {
    await rejection(pool.request(faulty.url('/close-before-head')))
    return storage.getStore()
  }))
})

test.each([
  ['an async generator', seen => (async function * () { for (let i = 0; i < 20; i++) { seen.push(storage.getStore()); yield Buffer.alloc(64 * 1024) } })()],
  ['a generator', seen => (function * () { for (let i = 0; i < 20; i++) { seen.push(storage.getStore()); yield Buffer.alloc(64 * 1024) } })()],
  ['a Readable', seen => { let i = 0; return new Readable({ read () { seen.push(storage.getStore()); this.push(i++ < 20 ? Buffer.alloc(64 * 1024) : null) } }) }],
  ['a ReadableStream', seen => { let i = 0; return new ReadableStream({ pull (control) { seen.push(storage.getStore()); if (i++ < 20) control.enqueue(new Uint8Array(64 * 1024)); else control.close() } }) }]
])('the store is its own in %s that is a request\'s body', async (_, make) => {
  const pool = open()
  expectOwn(await underEach(async () => {
    const seen = []
    await (await pool.request(server.url('/sink'), { method: 'POST', body: make(seen) })).body.text()
    return seen
  }))
})

test('the store is its own where the source of a body is stopped', async () => {
  const pool = open()
  expectOwn(await underEach(async () => {
    const stopped = new Promise(resolve => {
      const body = (async function * () {
        try { for (;;) yield Buffer.alloc(64 * 1024) } finally { resolve(storage.getStore()) }
      })()
      pool.request(faulty.url('/early-reply?then=close'), { method: 'POST', body }).then(({ body }) => body.dump(), () => {})
    })
    return stopped
  }))
})

const WAKE = `
  const { AsyncLocalStorage, executionAsyncResource } = require('node:async_hooks')
  const storage = new AsyncLocalStorage()
  const { Completions } = require('./lib/ring/completions')
  const seen = []
  const read = Completions.prototype.read
  Completions.prototype.read = function (records) { seen.push(storage.getStore()); return read.call(this, records) }`

test.each([
  ['loaded and first used inside a store', "await storage.run('first', async () => { const { ConnectionPoolManager } = require('.'); const pool = new ConnectionPoolManager(); await (await pool.request(url)).body.text(); await storage.run('second', async () => (await pool.request(url)).body.text()) })"],
  ['loaded outside and used inside a store', "const { ConnectionPoolManager } = require('.'); const pool = new ConnectionPoolManager(); await storage.run('first', async () => (await pool.request(url)).body.text())"]
])('the wake-up has no store when the package was %s', async (_, use) => {
  const { code, stdout, stderr } = await runChild(`const url = ${JSON.stringify(server.url('/json'))}; ${WAKE}\n${use}\nconsole.log(seen.length > 0, seen.every(store => store === undefined))`, { bare: true })
  expect([code, stdout, stderr]).toEqual([0, 'true true\n', ''])
})
