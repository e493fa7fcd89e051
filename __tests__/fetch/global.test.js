'use strict'

const { createPooledFetch, createPooledFetchWrapper, installGlobal, resetGlobalPool, getGlobalPool } = require('../..')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { httpServer } = require('../support/servers')

const before = Object.getOwnPropertyDescriptor(globalThis, 'fetch')
afterEach(() => {
  Object.defineProperty(globalThis, 'fetch', /** @type {PropertyDescriptor} */ (before))
  resetGlobalPool()
})

const ok = () => httpServer((_, reply) => { reply.end('x') })
/** @param {any} pool */
const count = pool => pool.getMetrics().totalRequests

test('the global fetch goes through the pool until it is undone', async () => {
  const { url } = await ok()
  const pool = open()
  const undo = installGlobal(pool)
  await (await fetch(url)).text()
  undo()
  await (await fetch(url)).text()
  expect(count(pool)).toBe(1)
})

test('a dispatcher that a call names is not asked, as the platform asks it', async () => {
  const { url } = await ok()
  let asked = 0
  const dispatcher = { dispatch () { asked++; throw new Error('asked') } }
  const init = /** @type {any} */ ({ dispatcher })
  await expect(fetch(url, init)).rejects.toThrow('fetch failed')
  expect(asked).toBe(1)
  const undo = installGlobal(open())
  expect(await (await fetch(url, init)).text()).toBe('x')
  expect(asked).toBe(1)
  undo()
})

test.each([
  ['as it was', before],
  ['that is not enumerated', { ...before, enumerable: false }],
  ['that cannot be written', { ...before, writable: false }]
])('the undo puts back exactly the property %s', (_, descriptor) => {
  Object.defineProperty(globalThis, 'fetch', descriptor)
  const found = Object.getOwnPropertyDescriptor(globalThis, 'fetch')
  installGlobal(open())()
  expect(Object.getOwnPropertyDescriptor(globalThis, 'fetch')).toEqual(found)
})

test('the undo puts back a getter', async () => {
  // In a process of its own: of the global object of a Jest file each look gives another getter.
  const { stdout } = await runChild(`
    const get = () => () => {}
    Object.defineProperty(globalThis, 'fetch', { get, set: undefined, enumerable: true, configurable: true })
    const pool = new ConnectionPoolManager()
    require('rag-connection-pool').installGlobal(pool)()
    console.log(Object.getOwnPropertyDescriptor(globalThis, 'fetch').get === get)
    pool.destroy()`)
  expect(stdout).toBe('true\n')
})

test('an undo that is called again does nothing', () => {
  const first = installGlobal(open())
  first()
  const second = installGlobal(open())
  const { fetch } = globalThis
  first()
  expect(globalThis.fetch).toBe(fetch)
  second()
})

test('two that are undone in the order in which they came leave what was there', async () => {
  const [one, two] = [open(), open()]
  const undos = [installGlobal(one), installGlobal(two)]
  undos[0]()
  const { url } = await ok()
  await (await fetch(url)).text()
  expect([count(one), count(two)]).toEqual([0, 1])
  undos[1]()
  expect(Object.getOwnPropertyDescriptor(globalThis, 'fetch')).toEqual(before)
})

test("a wrapper that another put over it stays, and reaches the platform's after the undo", async () => {
  const { url } = await ok()
  const pool = open()
  const undo = installGlobal(pool)
  const inner = globalThis.fetch
  const wrapper = (/** @type {any} */ input) => inner(input)
  globalThis.fetch = wrapper
  undo()
  expect(globalThis.fetch).toBe(wrapper)
  expect(await (await fetch(url)).text()).toBe('x')
  expect(count(pool)).toBe(0)
})

test('what the pool does not carry still reaches the platform', async () => {
  const undo = installGlobal(open())
  expect(await (await fetch('data:,text')).text()).toBe('text')
  undo()
})

test.each([['createPooledFetch', createPooledFetch], ['createPooledFetchWrapper', createPooledFetchWrapper]])('%s makes a fetch over the pool', async (_, make) => {
  const { url } = await ok()
  const pool = open()
  expect(await (await make(pool)(url)).text()).toBe('x')
  expect(count(pool)).toBe(1)
})

test('without a pool the global one serves', async () => {
  const { url } = await ok()
  const undo = installGlobal()
  await (await fetch(url)).text()
  undo()
  expect(count(getGlobalPool())).toBe(1)
})
