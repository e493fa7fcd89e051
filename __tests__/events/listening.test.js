'use strict'

const { AsyncLocalStorage } = require('node:async_hooks')
const { PoolEvents } = require('../../lib/observe/events')
const { until } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { serve } = require('../support/servers')

const server = serve('bench-server')

afterEach(() => jest.restoreAllMocks())

/** @param {import('../../lib/pool').ConnectionPoolManager} pool */
async function get (pool) {
  const { body } = await pool.request(server.url('/json'))
  await body.text()
}

/** Counts the events that cross. */
function crossings () {
  return jest.spyOn(PoolEvents.prototype, 'onEvent')
}

test('nothing crosses when nobody listens', async () => {
  const crossed = crossings()
  const pool = open()
  pool.on('metrics_reset', () => {}).on('something of mine', () => {})
  for (let i = 0; i < 5; i++) await get(pool)
  expect(crossed).not.toHaveBeenCalled()
})

test('only what is listened to crosses', async () => {
  const crossed = crossings()
  const pool = open()
  pool.on('request_completed', () => {})
  await get(pool)
  await until(() => crossed.mock.calls.length === 1)
  await get(pool)
  await until(() => crossed.mock.calls.length === 2)
})

test('nothing crosses any more once the listener is removed', async () => {
  const pool = open()
  let heard = 0
  const listener = () => heard++
  pool.on('request_completed', listener)
  await get(pool)
  await until(() => heard === 1)
  pool.off('request_completed', listener)
  const crossed = crossings()
  await get(pool)
  await get(pool)
  expect(crossed).not.toHaveBeenCalled()
})

test('of two listeners one may go', async () => {
  const pool = open()
  let heard = 0
  const listener = () => {}
  pool.on('request_completed', listener).on('request_completed', () => heard++)
  pool.off('request_completed', listener)
  await get(pool)
  await until(() => heard === 1)
})

test('once hears once, and then nothing crosses', async () => {
  const pool = open()
  let heard = 0
  pool.once('request_completed', () => heard++)
  await get(pool)
  await until(() => heard === 1)
  const crossed = crossings()
  await get(pool)
  await get(pool)
  expect([heard, crossed.mock.calls.length]).toEqual([1, 0])
})

test('listeners that come after removeAllListeners are heard', async () => {
  const pool = open()
  let first = 0
  let second = 0
  pool.on('request_completed', () => first++)
  pool.removeAllListeners()
  pool.on('request_completed', () => second++)
  await get(pool)
  await until(() => second === 1)
  expect(first).toBe(0)
})

test('events of many requests come in few batches', async () => {
  const pool = open({ maxSocketsPerHost: 50 })
  const turns = new Set()
  let turn = 0
  let heard = 0
  pool.on('request_completed', () => {
    heard++
    turns.add(turn)
    setImmediate(() => turn++)
  })
  await Promise.all(Array.from({ length: 500 }, () => get(pool)))
  await until(() => heard === 500)
  expect(turns.size).toBeLessThan(250)
})

test('no listener runs in the async context of whoever made a request', async () => {
  const storage = new AsyncLocalStorage()
  const pool = open()
  const stores = []
  pool.on('request_completed', () => stores.push(storage.getStore()))
  await storage.run('a request', () => get(pool))
  await until(() => stores.length === 1)
  expect(stores).toEqual([undefined])
})

test('request_error runs in the async context of the request that failed', async () => {
  const storage = new AsyncLocalStorage()
  const pool = open()
  const stores = []
  pool.on('request_error', () => stores.push(storage.getStore()))
  await storage.run('a request', () => expect(pool.request('http://127.0.0.1:1/')).rejects.toThrow())
  expect(stores).toEqual(['a request'])
})

test('a listener that throws is an uncaught exception and harms no request', async () => {
  const { stdout, code } = await runChild(`
    const seen = []
    process.on('uncaughtException', error => seen.push(error.message))
    const pool = new ConnectionPoolManager()
    let heard = 0
    pool.on('request_completed', () => { heard++; throw new Error('thrown by a listener') })
    const texts = await Promise.all(Array.from({ length: 10 }, async () => (await pool.request(url)).body.text()))
    while (heard < 10) await new Promise(setImmediate)
    await new Promise(setImmediate)
    console.log(JSON.stringify({ texts: texts.length, heard, seen: seen.length, message: seen[0] }))
  `, { url: server.url('/json') })
  expect(JSON.parse(stdout)).toEqual({ texts: 10, heard: 10, seen: 10, message: 'thrown by a listener' })
  expect(code).toBe(0)
})

test('a pool with listeners lets the process exit', async () => {
  const { code, stdout } = await runChild(`
    const pool = new ConnectionPoolManager()
    for (const name of ['connection_created', 'connection_freed', 'connection_removed', 'request_completed']) pool.on(name, () => {})
    await (await pool.request(url)).body.text()
    console.log('done')
  `, { url: server.url('/json') })
  expect([code, stdout]).toEqual([0, 'done\n'])
})

test('a destroyed pool tells of nothing but that', async () => {
  const pool = open()
  const told = []
  for (const name of ['connection_removed', 'request_completed', 'destroyed']) pool.on(name, () => told.push(name))
  await get(pool)
  await until(() => told.length === 1)
  pool.destroy()
  await get(open())
  expect(told).toEqual(['request_completed', 'destroyed'])
})
