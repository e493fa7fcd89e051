'use strict'

// A server that closes what it has just accepted is not dialled again and again.

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')
const { tcpServer } = require('../support/servers')
const { exchange } = require('./exchange')

const SERVER = `
  let count = 0
  const server = require('node:net').createServer(socket => { count++; socket.on('error', () => {}).destroy() })
  server.listen(0, '127.0.0.1', () => process.send(server.address().port))
  process.on('message', () => process.send(count))
  process.on('disconnect', () => process.exit())`

/** In a process of its own, which closes sooner than a dial is used. @type {import('node:child_process').ChildProcess} */
let server
/** @type {number} */
let port
const counted = async () => {
  server.send('how many')
  const [count] = await once(server, 'message')
  return count
}

beforeAll(async () => {
  server = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [at] = await once(server, 'message')
  port = at
})
afterAll(() => { server.disconnect() })

test.each(['GET', 'POST'])('%s to a server that closes what it accepts dials a few times at most', async method => {
  const pool = open()
  const body = method === 'POST' ? 'body' : undefined
  let before = await counted()
  const dials = []
  for (let i = 0; i < 100; i++) {
    const error = await rejection(exchange(`http://127.0.0.1:${port}/`, { agent: pool.getHttpAgent(), method, body }))
    expect(error.code).toBe('ECONNRESET')
    const now = await counted()
    dials.push(now - before)
    before = now
  }
  expect(Math.max(...dials)).toBeLessThanOrEqual(6)
})

const PARTING = `
  const server = require('node:net').createServer(socket => {
    socket.setNoDelay().on('error', () => {}).once('data', () => {
      socket.write('HTTP/1.1 200 OK\\r\\ncontent-length: 1\\r\\n\\r\\nx')
      socket.end()
    })
  })
  server.listen(0, '127.0.0.1', () => process.send(server.address().port))
  process.on('disconnect', () => process.exit())`

const REQUESTS = 8000

test.each([1, 3])('a connection that ends behind its reply costs none that waits its own, by %i at a time', async maxSockets => {
  const parting = spawn(process.execPath, ['-e', PARTING], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [at] = await once(parting, 'message')
  const pool = open({ maxSockets })
  const statuses = []
  let left = REQUESTS
  const lane = async () => {
    while (left-- > 0) statuses.push((await exchange(`http://127.0.0.1:${at}/`, { agent: pool.getHttpAgent() })).status)
  }
  await Promise.all(Array.from({ length: 40 }, lane))
  expect(statuses).toEqual(Array(REQUESTS).fill(200))
  parting.disconnect()
}, 30_000)

test('that it accepts no other connection meanwhile is not what the request fails by', async () => {
  const codes = new Set()
  for (let i = 0; i < 30; i++) {
    const { server: once, port: at } = await tcpServer(socket => {
      socket.destroy()
      once.close()
    })
    codes.add((await rejection(exchange(`http://127.0.0.1:${at}/`, { agent: open().getHttpAgent() }))).code)
  }
  expect([...codes]).toEqual(['ECONNRESET'])
})
