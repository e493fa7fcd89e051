'use strict'

const { once } = require('node:events')
const http = require('node:http')
const { until } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { closedPort, httpServer } = require('../support/servers')

/**
 * A GET through a pool's agent, to its end; what its caller is told of a failure.
 * @param {import('../../lib/pool').ConnectionPoolManager} pool
 * @param {string} url
 */
function fetched (pool, url) {
  return new Promise(resolve => {
    const request = http.get(url, { agent: pool.getHttpAgent() }, response => {
      response.resume().on('end', () => resolve(null)).on('error', resolve)
    })
    request.on('error', resolve)
  })
}

/** A server that says what it is told to and ends the connection. */
function saying (text) {
  return httpServer(request => { request.socket.end(text) })
}

test('request_completed tells of a reply that came through an agent', async () => {
  const { url } = await httpServer((_, reply) => reply.end('x'))
  const pool = open()
  const completed = once(pool, 'request_completed')
  await fetched(pool, url)
  expect(await completed).toEqual([{ duration: expect.any(Number), avgResponseTime: expect.any(Number), connectionReuse: 0 }])
})

test('request_completed tells of a reply whose connection closes with it', async () => {
  const { url } = await httpServer((_, reply) => reply.setHeader('connection', 'close').end('x'))
  const pool = open()
  const completed = once(pool, 'request_completed')
  const removed = once(pool, 'connection_removed')
  expect(await fetched(pool, url)).toBeNull()
  await completed
  expect(await removed).toEqual([{ protocol: 'http', host: '127.0.0.1', active: 0, reason: 'requested' }])
})

test('request_error carries the very error that a request of an agent had', async () => {
  const pool = open()
  const heard = once(pool, 'request_error')
  const error = await fetched(pool, `http://127.0.0.1:${await closedPort()}/`)
  const [payload] = await heard
  expect(payload).toEqual({ error, type: 'error', totalErrors: 1 })
  expect(payload.error).toBe(error)
})

test.each([
  ['ends before a head', ''],
  ['ends in the head', 'HTTP/1.1 200 OK\r\nContent-'],
  ['ends in the body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'],
  ['is no HTTP', 'nonsense\r\n\r\n']
])('request_error carries what Node makes of a reply that %s', async (_, text) => {
  const { url } = await saying(text)
  const pool = open()
  const heard = once(pool, 'request_error')
  const error = await fetched(pool, url)
  const [payload] = await heard
  expect(payload).toEqual({ error, type: 'error', totalErrors: 1 })
  expect(payload.error).toBe(error)
})

test('a request of an agent that its caller destroys is no error', async () => {
  const { server, url } = await httpServer(() => {})
  const pool = open()
  let heard = 0
  pool.on('request_error', () => heard++)
  const request = http.get(url, { agent: pool.getHttpAgent() })
  await once(server, 'request')
  request.destroy(new Error('mine'))
  expect((await once(request, 'error'))[0].message).toBe('mine')
  await until(() => pool.getMetrics().aborted === 1)
  expect(heard).toBe(0)
})

test('a reply that its reader destroys is no error', async () => {
  const { url } = await httpServer((_, reply) => { reply.write('x') })
  const pool = open()
  let heard = 0
  pool.on('request_error', () => heard++)
  const request = http.get(url, { agent: pool.getHttpAgent() })
  const [response] = await once(request, 'response')
  response.on('error', () => {}).destroy()
  await until(() => pool.getMetrics().aborted === 1)
  expect(heard).toBe(0)
})

test('a listener of request_error that throws takes no error from the caller', async () => {
  const { url } = await saying('')
  const { stdout, code } = await runChild(`
    const http = require('node:http')
    const thrown = []
    process.on('uncaughtException', error => thrown.push(error.message))
    const pool = new ConnectionPoolManager()
    pool.on('request_error', () => { throw new Error('thrown by a listener') })
    const error = await new Promise(resolve => http.get(url, { agent: pool.getHttpAgent() }).on('error', resolve))
    while (thrown.length === 0) await new Promise(setImmediate)
    console.log(JSON.stringify([error.code, thrown]))
  `, { url })
  expect(JSON.parse(stdout)).toEqual(['ECONNRESET', ['thrown by a listener']])
  expect(code).toBe(0)
})
