'use strict'

const http = require('node:http')
const { once } = require('node:events')
const { open } = require('../support/pools')
const { serve, tcpServer } = require('../support/servers')
const { rejection } = require('../support/awaiting')
const { exchange } = require('./exchange')

const faulty = serve('fault-server')

/** A server that answers the first request of a connection and dies of the second, having read it. */
function onceOnly (seen) {
  return tcpServer(socket => {
    let requests = 0
    socket.on('data', data => {
      if (!/^[A-Z]+ /.test(String(data))) return
      seen.push(String(data).split(' ')[0])
      if (++requests > 1) return socket.destroy()
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
  })
}

test('a GET whose reused connection dies is sent again, once, on a fresh one', async () => {
  const seen = []
  const { url } = await onceOnly(seen)
  const pool = open()
  const agent = pool.getHttpAgent()
  await exchange(url, { agent })
  expect((await exchange(url, { agent })).status).toBe(200)
  expect(seen).toEqual(['GET', 'GET', 'GET'])
  expect(pool.getMetrics()).toMatchObject({ resent: 1, errors: 0, connectionsCreated: 2 })
})

test('a POST that its peer may have read is not sent again', async () => {
  const seen = []
  const { url } = await onceOnly(seen)
  const agent = open().getHttpAgent()
  await exchange(url, { agent })
  const error = await rejection(exchange(url, { agent, method: 'POST', body: 'x' }))
  expect(error).toMatchObject({ code: 'ECONNRESET' })
  expect(seen).toEqual(['GET', 'POST'])
})

test('a POST with an Idempotency-Key is sent again', async () => {
  const seen = []
  const { url } = await onceOnly(seen)
  const agent = open().getHttpAgent()
  await exchange(url, { agent })
  expect((await exchange(url, { agent, method: 'POST', body: 'x', headers: { 'idempotency-key': 'k' } })).status).toBe(200)
  expect(seen).toEqual(['GET', 'POST', 'POST'])
})

test('a GET whose first connection dies is not sent again', async () => {
  let connections = 0
  const { url } = await tcpServer(socket => {
    connections++
    socket.once('data', () => socket.destroy())
  })
  await rejection(exchange(url, { agent: open().getHttpAgent() }))
  expect(connections).toBe(1)
})

test('a half-read reply is never sent for again', async () => {
  let replies = 0
  const { url } = await tcpServer(socket => {
    socket.on('data', () => {
      if (++replies === 1) return socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
      socket.end()
    })
  })
  const agent = open().getHttpAgent()
  await exchange(url, { agent })
  const request = http.get(url, { agent })
  const [response] = await once(request, 'response')
  await expect((async () => { for await (const chunk of response) String(chunk) })()).rejects.toMatchObject({ code: 'ECONNRESET' })
  expect(replies).toBe(2)
})

test('a reply that came whole is whole, though a reset came behind it before anybody looked', async () => {
  await faulty.post('/mode', { closeIdleWithinMs: 0, by: 'reset' })
  const agent = open().getHttpAgent()
  const asked = exchange(faulty.url('/ok'), { agent })
  // The request leaves with this turn; its reply and the reset come while nobody listens.
  await new Promise(resolve => setImmediate(resolve))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
  expect((await asked).status).toBe(200)
})
