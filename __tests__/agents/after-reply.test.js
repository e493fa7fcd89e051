'use strict'

// What becomes of a request whose whole reply is there: the rest of it goes out, and what happens to its connection then is no error.

const { once } = require('node:events')
const http = require('node:http')
const { Readable } = require('node:stream')

const { settled, until } = require('../support/awaiting')
const { httpServer, tcpServer } = require('../support/servers')
const { open } = require('../support/pools')

/** What a request tells of itself, in order, until it has closed. */
async function told (request) {
  const events = []
  request.on('error', error => events.push(`error ${error.code}`))
  request.on('response', reply => {
    events.push(reply.statusCode)
    reply.resume().on('end', () => events.push('end')).on('error', error => events.push(`error of the reply ${error.code}`))
  })
  await new Promise(resolve => request.on('close', resolve))
  return events
}

/** Sends each client away with a whole reply, and resets the connection behind it. @param {string} fields */
async function dismissing (fields) {
  const { url } = await tcpServer(socket => socket.once('data', () => {
    socket.pause()
    socket.write(`HTTP/1.1 413 No\r\nContent-Length: 2\r\n${fields}\r\nno`, () => socket.resetAndDestroy())
  }))
  return url
}

const SIZES = [0, 300_000, 2_000_000]

test.each(SIZES.flatMap(size => ['', 'Connection: close\r\n'].map(fields => [size, fields])))('a reset behind a whole reply to %i bytes is no error of the request (%j)', async (size, fields) => {
  const agent = open().getHttpAgent()
  const url = await dismissing(fields)
  for (let time = 0; time < 5; time++) {
    const request = http.request(url, { agent, method: 'POST', headers: { 'content-length': size } })
    const events = told(request)
    request.end(Buffer.alloc(size))
    expect(await events).toEqual([413, 'end'])
  }
})

test('a reply that is read after the reset behind it is whole', async () => {
  const request = http.get(await dismissing('Connection: close\r\n'), { agent: open().getHttpAgent() })
  const [reply] = await once(request, 'response')
  await new Promise(resolve => request.on('close', resolve))
  expect(await reply.toArray()).toEqual([Buffer.from('no')])
})

test.each([65_536, 16_384])('an upload that is piped in pieces of %i bytes goes on to its end behind a whole reply', async piece => {
  let taken = 0
  const { url } = await httpServer((request, reply) => {
    reply.writeHead(413).end('no')
    request.on('data', chunk => { taken += chunk.length })
  })
  const size = 6 * 1024 * 1024
  const request = http.request(url, { agent: open().getHttpAgent(), method: 'POST', headers: { 'content-length': size } })
  const events = told(request)
  Readable.from((function * () { for (let left = size; left > 0; left -= piece) yield Buffer.alloc(piece) })()).pipe(request)
  expect(await events).toEqual([413, 'end'])
  expect(request.writableFinished).toBe(true)
  await until(() => taken === size)
})

test('who still writes behind a whole reply hears that its connection broke', async () => {
  const url = await dismissing('')
  const request = http.request(url, { agent: open().getHttpAgent(), method: 'POST' })
  request.on('response', reply => reply.resume())
  const failed = once(request, 'error')
  request.write('x')
  expect(await failed).toEqual([expect.objectContaining({ code: 'ECONNRESET' })])
})

test('behind a whole reply there is one \'drain\' for a write that returned false', async () => {
  const { url } = await httpServer((request, reply) => {
    reply.writeHead(413).end('no')
    request.resume()
  })
  const request = http.request(url, { agent: open().getHttpAgent(), method: 'POST' })
  request.flushHeaders()
  const [reply] = await once(request, 'response')
  await once(reply.resume(), 'end')
  const drained = jest.fn(() => request.write('y'))
  request.on('drain', drained)
  expect(request.write(Buffer.alloc(100_000))).toBe(false)
  await settled(() => drained.mock.calls.length, () => new Promise(resolve => setImmediate(resolve)))
  expect(drained).toHaveBeenCalledTimes(1)
  request.end()
  await once(request, 'close')
})

test('an upgraded connection that breaks tells its user so', async () => {
  const { url, sockets } = await tcpServer(socket => socket.once('data', () => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  }))
  const request = http.get(url, { agent: open().getHttpAgent(), headers: { connection: 'Upgrade', upgrade: 'x' } })
  const [, socket] = await once(request, 'upgrade')
  const failed = once(socket, 'error')
  for (const peer of sockets) peer.resetAndDestroy()
  expect(await failed).toEqual([expect.objectContaining({ code: 'ECONNRESET' })])
})
