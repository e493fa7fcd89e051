'use strict'

const binding = require('../support/addon')
const { SmallRing } = require('../support/ring')
const { serve } = require('../support/servers')

const server = serve('bench-server')

const REQUESTS = 10_000
const CHAIN = 200
/** Where the requests that settled stand in a block of metrics. */
const SETTLED = 12

/** Blocks this thread until the engine has carried so many requests, so that all their replies are ready at once. */
function awaitReady (pool, requests) {
  const rest = new Int32Array(new SharedArrayBuffer(4))
  while (binding.metrics(pool, false).numbers[SETTLED] < requests) Atomics.wait(rest, 0, 0, 5)
}

/** A ring with that many replies ready, and how many of them JavaScript has read. */
function loaded (completions) {
  const ring = new SmallRing({ completions, options: { maxSocketsPerHost: 40 } })
  ring.origin(server.http)
  const seen = { read: 0 }
  const all = Promise.all(Array.from({ length: REQUESTS }, () => ring.ask('/json?bytes=16').then(() => { seen.read++ })))
  ring.submissions.flush()
  awaitReady(ring.pool, REQUESTS)
  return { ring, seen, all }
}

test('timers and immediates have their turn while very many replies are ready', async () => {
  const { ring, seen, all } = loaded(64 * 1024)
  const turns = {}
  setImmediate(() => { turns.immediate = seen.read })
  setTimeout(() => { turns.timer = seen.read }, 0)
  await all
  for (const name of ['immediate', 'timer']) expect([name, turns[name] < REQUESTS]).toEqual([name, true])
  expect(ring.laters).toBeGreaterThan(0)
  ring.close()
}, 60_000)

test('a slab of a few records yields to the event loop as well', async () => {
  const { ring, seen, all } = loaded(1000)
  const turns = []
  const turn = () => { turns.push(seen.read); if (seen.read < REQUESTS) setImmediate(turn) }
  turn()
  await all
  expect(new Set(turns).size).toBeGreaterThan(10)
  ring.close()
}, 60_000)

test('timers and immediates have their turn while each reply that is read finds the next one ready', async () => {
  const ring = new SmallRing()
  ring.origin(server.http)
  const turns = {}
  const others = Array.from({ length: 5 }, () => ring.ask('/delay?ms=10000').catch(() => {}))
  for (let read = 1; read <= CHAIN; read++) {
    const reply = ring.ask('/json?bytes=16')
    ring.submissions.flush()
    // All but the first are asked for within the delivery of the one before.
    if (read > 1) awaitReady(ring.pool, read)
    await reply
    if (read > 1) continue
    setImmediate(() => { turns.immediate = true })
    setTimeout(() => { turns.timer = true }, 0)
  }
  expect(turns).toEqual({ immediate: true, timer: true })
  ring.close()
  await Promise.all(others)
}, 60_000)
