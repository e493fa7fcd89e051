'use strict'

const { AsyncLocalStorage } = require('node:async_hooks')
const { once } = require('node:events')
const http = require('node:http')
const net = require('node:net')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { httpServer, serve } = require('../support/servers')
const { exchange } = require('./exchange')

const server = serve('bench-server')

/** A server that answers everything but /hang. */
const hanging = () => httpServer((request, reply) => { if (request.url !== '/hang') reply.end('ok') })

/** A virtual socket that is in use. */
async function socketInUse () {
  const { url } = await hanging()
  const request = http.get(`${url}/hang`, { agent: open().getHttpAgent() }).on('error', () => {})
  const [socket] = await once(request, 'socket')
  return socket
}

test('the timeout of a request over a connection that another has used is told in its own context', async () => {
  const { url } = await hanging()
  const agent = open().getHttpAgent()
  const context = new AsyncLocalStorage()
  await context.run('the first', () => exchange(`${url}/`, { agent, timeout: 50 }))
  const request = context.run('the second', () => http.get(`${url}/hang`, { agent, timeout: 50 }))
  const [store, reused] = await new Promise(resolve => request.on('error', () => {}).on('timeout', () => {
    resolve([context.getStore(), request.reusedSocket])
    request.destroy()
  }))
  expect([store, reused]).toEqual(['the second', true])
})

test('a pool that nobody holds is collected, whatever timeout its requests had', async () => {
  const { stdout, stderr } = await runChild(`
    const http = require('node:http')
    let collected = false
    const registry = new FinalizationRegistry(() => { collected = true })
    await (async () => {
      const pool = new ConnectionPoolManager()
      registry.register(pool, '')
      await new Promise(resolve => http.get(url, { agent: pool.getHttpAgent(), timeout: 600_000 }, reply => reply.resume().on('end', resolve)))
    })()
    const until = performance.now() + 10_000
    while (!collected && performance.now() < until) {
      await new Promise(resolve => setImmediate(resolve))
      gc()
    }
    console.log(collected)`, { url: server.url('/json'), flags: ['--expose-gc'] })
  expect([stdout, stderr]).toEqual(['true\n', ''])
})

test.each([-1, NaN, Infinity, '5000', undefined, null, {}])('setTimeout(%p) is refused as by a socket of Node', async ms => {
  const socket = await socketInUse()
  const told = (/** @type {any} */ of) => {
    try {
      of.setTimeout(ms)
      return null
    } catch (error) {
      return { name: error.name, code: error.code, message: error.message }
    }
  }
  expect(told(socket)).toEqual(told(new net.Socket()))
  expect(told(socket)).not.toBeNull()
  socket.destroy()
})

test('a time that is too long for a timer is as long as one can be, with the one warning of Node', async () => {
  const { stdout, stderr } = await runChild(`
    const http = require('node:http')
    const pool = new ConnectionPoolManager()
    const request = http.get(url, { agent: pool.getHttpAgent(), timeout: 0 }).on('error', () => {})
    request.on('socket', socket => socket.on('timeout', () => console.log('told')).setTimeout(2 ** 40))
    // A timer that it is too long for rings after one millisecond, and so before this.
    await new Promise(resolve => request.on('socket', () => setTimeout(resolve, 20)))
    await pool.destroy()`, { url: server.url('/delay?ms=60000') })
  expect([stdout, stderr.match(/TimeoutOverflowWarning/g)]).toEqual(['', ['TimeoutOverflowWarning']])
})
