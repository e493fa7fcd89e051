'use strict'

// A server that has read enough of an upload replies, closes, and resets what still comes. The reply is read all the same,
// though the next write fails by then (RFC 9112, section 9.5).

const http = require('node:http')
const { text } = require('node:stream/consumers')
const { open } = require('../support/pools')
const { tcpServer } = require('../support/servers')

const BODY = Buffer.alloc(8 * 1024 * 1024)
const TIMES = 25
const REPLY = 'HTTP/1.1 413 Payload Too Large\r\ncontent-length: 5\r\n\r\nlarge'

/** A server that replies to the first bytes, and closes with all others unread. */
function parting () {
  return tcpServer(socket => {
    socket.once('data', () => {
      socket.pause()
      socket.write(REPLY, () => socket.destroy())
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

test('a reply outlives the reset of its connection under an upload', async () => {
  const { url } = await parting()
  const pool = open()
  const ask = async () => {
    const { statusCode, body } = await pool.request(url, { method: 'POST', body: BODY })
    return `${statusCode} ${await body.text()}`
  }
  expect(await each(ask)).toEqual({ '413 large': TIMES })
})

test('a reply through an agent outlives the reset of its connection under an upload', async () => {
  const { url } = await parting()
  const agent = open().getHttpAgent()
  const ask = () => new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', agent }, reply => {
      text(reply).then(said => resolve(`${reply.statusCode} ${said}`), reject)
    })
    request.on('error', reject).end(BODY)
  })
  expect(await each(ask)).toEqual({ '413 large': TIMES })
})
