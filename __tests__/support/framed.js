'use strict'

// A pool beside a server that speaks HTTP/2 frame by frame.

const { frameServer } = require('./frames')
const { open } = require('./pools')

/**
 * @param {Parameters<typeof frameServer>[0]} [how] of the server
 * @param {any} [options] of the pool
 */
async function pair (how, options) {
  const server = await frameServer(how)
  const pool = open({ h2c: true, ...options })
  const text = async (/** @type {any} */ own) => (await pool.request(server.url, own)).body.text()
  /** A first request and its answer, after which the connection is no new one and the server's settings hold. */
  const first = async () => {
    const asked = text()
    const one = await server.peer(0)
    one.answer(await one.request())
    await asked
    await seen(one)
    return one
  }
  return { ...server, pool, text, first }
}

/** Once the client has seen all that was sent so far. @param {import('./frames').Peer} peer */
async function seen (peer) {
  peer.send('PING', 0, 0, Buffer.alloc(8))
  await peer.next('PING')
}

/** The streams of so many requests. @param {import('./frames').Peer} peer @param {number} many */
async function requests (peer, many) {
  const streams = []
  while (streams.length < many) streams.push(await peer.request())
  return streams
}

module.exports = { pair, seen, requests }
