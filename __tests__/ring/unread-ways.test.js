'use strict'

// Replies that are left unread by every way in: nobody holds them, so that the collector finds them, and the connection is
// free for the next. A Readable that was begun and left is its reader's to destroy, as with Node.

const { runChild } = require('../support/child')
const { serve } = require('../support/servers')

const server = serve('bench-server')

/** What leaves a reply of 50 MB behind; none of its objects outlives the call. */
const LEAVES = {
  'a reply of fetch that nobody touches': 'await pool.fetch(url)',
  'a reply of fetch whose body is looked at': 'void (await pool.fetch(url)).body.locked',
  'a reply of fetch whose reader stops after a piece': 'await (await pool.fetch(url)).body.getReader().read()',
  'a clone of a reply of fetch that nobody reads': 'void (await pool.fetch(url)).clone()',
  'a body of request that is made a stream and not read': 'void (await pool.request(url)).body.readableFlowing'
}

test.each(Object.entries(LEAVES))('%s frees its connection once it is collected', async (_, leave) => {
  const { code, stdout, stderr } = await runChild(`
    const pool = new ConnectionPoolManager({ maxSockets: 1 })
    const small = url + '/json'
    const leave = async url => { ${leave} }
    await leave(url + '/bytes?n=50000000')
    const next = pool.request(small).then(({ statusCode }) => statusCode)
    const collecting = setInterval(gc, 5)
    const status = await next
    clearInterval(collecting)
    console.log(status)
    pool.destroy()`, { url: server.url(''), flags: ['--expose-gc'] })
  expect([code, stdout, stderr]).toEqual([0, '200\n', ''])
}, 30_000)

test('a response of an agent that nobody listens for is drained, as with Node\'s own', async () => {
  const { code, stdout, stderr } = await runChild(`
    const http = require('node:http')
    const pool = new ConnectionPoolManager({ maxSockets: 1 })
    const agent = pool.getHttpAgent()
    await new Promise(resolve => http.get(url + '/bytes?n=3000000', { agent }).on('close', resolve))
    const reply = await new Promise(resolve => http.get(url + '/json', { agent }, resolve))
    console.log(reply.statusCode)
    pool.destroy()`, { url: server.url(''), flags: ['--expose-gc'] })
  expect([code, stdout, stderr]).toEqual([0, '200\n', ''])
}, 30_000)

test('a response of an agent that is held unread holds its connection until the pool ends', async () => {
  const { code, stdout, stderr } = await runChild(`
    const http = require('node:http')
    const pool = new ConnectionPoolManager({ maxSockets: 1 })
    const agent = pool.getHttpAgent()
    const held = await new Promise(resolve => http.get(url + '/bytes?n=50000000', { agent }, resolve).on('error', error => console.log(error.code)))
    for (let i = 0; i < 5; i++) { gc(); await new Promise(resolve => setImmediate(resolve)) }
    console.log(pool.getMetrics().agents.http.active, held.statusCode)
    held.on('error', () => {})
    pool.destroy()`, { url: server.url(''), flags: ['--expose-gc'] })
  expect([code, stdout, stderr]).toEqual([0, '1 200\nERR_POOL_DESTROYED\n', ''])
}, 30_000)
