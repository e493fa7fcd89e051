'use strict'

const { runChild } = require('../support/child')
const { serve } = require('../support/servers')

const server = serve('bench-server')

/** A ring whose slab is taken away from under it, as a fault of ours would. */
const BREAK = `
  const binding = require('./binding.js')
  let slab
  const { attach } = binding
  binding.attach = object => { const slabs = attach(object); slab ??= slabs.completions; return slabs }
  const take = () => structuredClone(slab, { transfer: [slab] })
  const { ConnectionPoolManager } = require('.')`

const run = (/** @type {string} */ script, flags = ['--expose-gc']) =>
  runChild(`const url = ${JSON.stringify(server.url(''))}\n${BREAK}\n${script}`, { bare: true, flags })

test('a request with more header fields than can be sent fails alone', async () => {
  const { code, stdout, stderr } = await runChild(`
    const pool = new ConnectionPoolManager()
    const headers = Object.fromEntries(Array.from({ length: 33000 }, (_, i) => [i.toString(36), '']))
    const [many, one] = await Promise.allSettled([pool.request(url + '/json', { headers }), pool.request(url + '/json')])
    console.log(many.reason.message, one.value.statusCode)
    await one.value.body.dump()`, { url: server.url('') })
  expect([code, stdout, stderr]).toEqual([0, 'headers must be at most 24000 lines 200\n', ''])
})

test('what was asked just before a ring broke fails and lets the process go', async () => {
  const { code, stdout, stderr } = await run(`
    const pool = new ConnectionPoolManager()
    const reply = await pool.request(url + '/drip?n=1000000&every=1')
    reply.body.on('error', error => console.log(error.code))
    let last
    reply.body.on('data', () => {})
    pool[Symbol.for('rag-connection-pool.inside')].ring.ended = function () {
      last = pool.request(url + '/json').catch(error => console.log(error.code))
      Object.getPrototypeOf(this).ended.call(this)
    }
    take()`)
  expect([code, stdout, stderr]).toEqual([0, 'ERR_POOL_INTERNAL\nERR_POOL_INTERNAL\n', ''])
})

test('a ring that broke with requests in flight is collected', async () => {
  const { code, stdout, stderr } = await run(`
    await (async () => {
      const pool = new ConnectionPoolManager()
      const asked = pool.request(url + '/delay?ms=20')
      await new Promise(resolve => setTimeout(resolve, 5))
      take()
      await asked.catch(error => console.log(error.code))
    })()
    // The next pool's ring takes the broken one's place in the package.
    const pool = new ConnectionPoolManager()
    await (await pool.request(url + '/json')).body.text()
    for (let i = 0; i < 200 && binding.ringCount() > 1; i++) { gc(); await new Promise(resolve => setTimeout(resolve, 5)) }
    console.log(binding.ringCount())`)
  expect([code, stdout, stderr]).toEqual([0, 'ERR_POOL_INTERNAL\n1\n', ''])
})

test('one consumer that throws at the end of a ring hides it from no other', async () => {
  const { code, stdout } = await run(`
    process.on('uncaughtException', error => console.log(error.message))
    const pool = new ConnectionPoolManager()
    const replies = await Promise.all([1, 2].map(() => pool.request(url + '/drip?n=1000000&every=1')))
    for (const { body } of replies) body.on('error', error => console.log(error.code)).resume()
    replies[0].body.destroy = () => { throw new Error('mine') }
    take()`)
  expect([code, stdout.split('\n').sort()]).toEqual([0, ['', 'ERR_POOL_INTERNAL', 'mine']])
})

test('a request that cannot be submitted since the slab was taken away fails and lets the process go', async () => {
  const { code, stdout, stderr } = await runChild(`
    const binding = require('./binding.js')
    let slab
    const { attach } = binding
    binding.attach = object => { const slabs = attach(object); slab ??= slabs.submissions; return slabs }
    const { ConnectionPoolManager } = require('.')
    const pool = new ConnectionPoolManager()
    const asked = pool.request(${JSON.stringify('http://127.0.0.1:1/')})
    structuredClone(slab, { transfer: [slab] })
    await asked.catch(error => console.log(error.code))`, { bare: true })
  expect([code, stdout, stderr]).toEqual([0, 'ERR_POOL_INTERNAL\n', ''])
})
