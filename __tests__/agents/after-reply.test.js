'use strict'

// What becomes of a request whose whole reply is there: the rest of it goes out, and what happens to its connection then is no error.

const { once } = require('node:events')
const http = require('node:http')
const { Readable } = require('node:stream')

const { until } = require('../support/awaiting')
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
