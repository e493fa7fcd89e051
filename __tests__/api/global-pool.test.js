'use strict'

const { Worker } = require('node:worker_threads')
const { once } = require('node:events')
const { ConnectionPoolManager, getGlobalPool, resetGlobalPool } = require('../..')
const { ROOT } = require('../support/child')

let warnings

beforeEach(() => {
  warnings = []
  jest.spyOn(process, 'emitWarning').mockImplementation((message, options) => { warnings.push({ message, ...options }) })
})

afterEach(() => {
  jest.restoreAllMocks()
  resetGlobalPool()
})

test('getGlobalPool gives the same pool each time', () => {
  const pool = getGlobalPool()
  expect(pool).toBeInstanceOf(ConnectionPoolManager)
  expect(getGlobalPool()).toBe(pool)
})

test('the first call makes the pool with its options', () => {
  expect(getGlobalPool({ maxSockets: 30 }).config.maxSockets).toBe(30)
})

test('two copies of the package share the global pool', () => {
  const pool = getGlobalPool()
  let copy
  jest.isolateModules(() => { copy = require('../..') })
  expect(copy.getGlobalPool).not.toBe(getGlobalPool)
  expect(copy.getGlobalPool()).toBe(pool)
})

test('resetGlobalPool destroys the pool, and the next call makes another', () => {
  const pool = getGlobalPool()
  resetGlobalPool()
  expect(pool.destroyed).toBe(true)
  expect(getGlobalPool().destroyed).toBe(false)
})

test('resetGlobalPool without a pool does nothing', () => {
  expect(resetGlobalPool()).toBeUndefined()
})

test('a global pool that was destroyed by itself is replaced', () => {
  const pool = getGlobalPool()
  pool.destroy()
  expect(getGlobalPool()).not.toBe(pool)
})

test('differing options warn and are named, and the first hold', () => {
  const pool = getGlobalPool({ maxSockets: 5, timeout: 1000 })
  getGlobalPool({ maxSockets: 6, timeout: 1000, maxFreeSockets: 3 })
  expect(warnings).toEqual([{ type: 'RagPoolWarning', code: 'RAG_POOL_GLOBAL_OPTIONS', message: expect.stringContaining(': maxSockets, maxFreeSockets. ') }])
  expect(pool.config).toMatchObject({ maxSockets: 5, maxFreeSockets: 10 })
})

test('the same differing options warn once', () => {
  getGlobalPool()
  for (let i = 0; i < 5; i++) getGlobalPool({ maxSockets: 30 })
  expect(warnings).toHaveLength(1)
})

test('options that agree with the pool warn of nothing', () => {
  getGlobalPool({ maxSockets: 5 })
  getGlobalPool()
  getGlobalPool({ maxSockets: 5, keepAlive: true, timeout: undefined })
  expect(warnings).toEqual([])
})

test('options that cannot be had are refused though the pool exists', () => {
  getGlobalPool()
  expect(() => getGlobalPool({ maxSockets: 'many' })).toThrow(expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(/^maxSockets must be /) }))
  expect(() => getGlobalPool(null)).toThrow(expect.objectContaining({ name: 'TypeError', message: 'options must be an object; received null' }))
})

test('options that cannot be had leave no global pool behind', () => {
  expect(() => getGlobalPool({ maxSockets: 0 })).toThrow(RangeError)
  expect(getGlobalPool().config.maxSockets).toBe(50)
})

test('the place of the global pool is not seen by those who list globals', () => {
  getGlobalPool()
  const place = Symbol.for('rag-connection-pool.globalPool')
  expect(Object.getOwnPropertyDescriptor(globalThis, place)).toMatchObject({ enumerable: false })
})

test('another thread has a global pool of its own', async () => {
  getGlobalPool({ maxSockets: 5 })
  const worker = new Worker(`require('node:worker_threads').parentPort.postMessage(require(${JSON.stringify(ROOT)}).getGlobalPool().config.maxSockets)`, { eval: true })
  // Waited for from the first: on a busy machine a thread that has nothing else to do is gone in the turn in which its message is heard.
  const ended = once(worker, 'exit')
  expect(await once(worker, 'message')).toEqual([50])
  await ended
})
