'use strict'

// A server that has read enough of an upload replies, closes, and resets what still comes. The reply is read all the same,
// though the next write fails by then (RFC 9112, section 9.5).

const { once } = require('node:events')
const http = require('node:http')
const { text } = require('node:stream/consumers')
const { settled } = require('../support/awaiting')
const { open } = require('../support/pools')
const { tcpServer } = require('../support/servers')

const BODY = Buffer.alloc(8 * 1024 * 1024)
const TIMES = 25
const REPLIES = {
  'with a length': 'HTTP/1.1 413 Payload Too Large\r\ncontent-length: 5\r\n\r\nlarge',
  'that ends with its connection': 'HTTP/1.1 413 Payload Too Large\r\nconnection: close\r\n\r\nlarge'
}
const PART = 'HTTP/1.1 200 OK\r\ncontent-length: 3000000\r\n\r\n' + 'x'.repeat(1_500_000)

/** A server that replies to the first bytes, and closes with all others unread. @param {string} reply */
function parting (reply) {
  return tcpServer(socket => {
    socket.once('data', () => {
      socket.pause()
      socket.end(reply, () => socket.destroy())
    })
  })
}

/**
 * What comes of one request after the other.
 * @param {() => Promise<unknown>} ask
 */
async function each (ask) {
  const found = new Map()
  for (let i = 0; i < TIMES; i++) {
    const what = await ask().catch(error => `${error.code} ${error.message}`)
    found.set(what, (found.get(what) ?? 0) + 1)
  }
  return Object.fromEntries(found)
}

test.each(Object.entries(REPLIES))('a reply %s outlives the reset of its connection under an upload', async (_, reply) => {
  const { url } = await parting(reply)
  const pool = open()
  const ask = async () => {
    const { statusCode, body } = await pool.request(url, { method: 'POST', body: BODY })
    return `${statusCode} ${await body.text()}`
  }
  expect(await each(ask)).toEqual({ '413 large': TIMES })
})

test.each(Object.entries(REPLIES))('a reply %s through an agent outlives the reset of its connection under an upload', async (_, reply) => {
  const { url } = await parting(reply)
  const agent = open().getHttpAgent()
  const ask = () => new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', agent }, reply => {
      text(reply).then(said => resolve(`${reply.statusCode} ${said}`), reject)
    })
    request.on('error', reject).end(BODY)
  })
  expect(await each(ask)).toEqual({ '413 large': TIMES })
})

/** A server that replies with a part to the first bytes, and reads no more; it is gone when the test says so. */
async function halfway () {
  const { url, sockets } = await tcpServer(socket => { socket.once('data', () => socket.pause().write(PART)) })
  return { url, goes () { for (const socket of sockets) socket.resetAndDestroy() } }
}

test('a source is asked for no more once the server is gone, though nobody reads the reply', async () => {
  const { url, goes } = await halfway()
  let produced = 0
  const source = (async function * () { for (; ; produced++) yield BODY.subarray(0, 64 * 1024) })()
  const { body } = await open().request(url, { method: 'POST', body: source })
  const turn = () => new Promise(resolve => setTimeout(resolve, 2))
  await settled(() => produced, turn)
  const before = produced
  goes()
  await settled(() => produced, turn)
  // What one who writes may be ahead by, and no more.
  expect(produced - before).toBeLessThan(100)
  body.on('error', () => {}).destroy()
})

test('who does not read a reply through an agent hears that its server is gone', async () => {
  const { url, goes } = await halfway()
  const agent = open().getHttpAgent()
  const request = http.request(url, { method: 'POST', agent }).on('error', () => {}).end(BODY)
  const [reply] = await once(request, 'response')
  reply.pause()
  await settled(() => reply.readableLength, () => new Promise(resolve => setTimeout(resolve, 2)))
  goes()
  const [error] = await once(reply, 'error')
  expect(error).toMatchObject({ code: 'ECONNRESET', message: 'aborted' })
})
