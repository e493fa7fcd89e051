'use strict'

// One large body, in a process of its own.

const { once } = require('node:events')
const http = require('node:http')
const https = require('node:https')
const { ConnectionPoolManager } = require('../../..')
const { Pace } = require('./pace')
const { Memory, work } = require('./own-process')

const PIECE = Buffer.alloc(64 * 1024, 'x')
const WARM_BYTES = 4 * 1024 * 1024

/**
 * @typedef {object} Order
 * @property {'download' | 'upload'} direction
 * @property {'request' | 'fetch' | 'agent'} way
 * @property {string} origin
 * @property {string} ca
 * @property {number} bytes
 * @property {number} bytesPerSecond of the consumer; an upload's is the server
 */

work(async (/** @type {Order} */ { direction, way, origin, ca, bytes, bytesPerSecond }) => {
  const pool = new ConnectionPoolManager({ tls: { ca: [ca] } })
  const carry = (/** @type {number} */ size) => (direction === 'download' ? downloads : uploads)[way](pool, origin, size, new Pace(bytesPerSecond))
  await carry(WARM_BYTES)
  const memory = await Memory.rest()
  const begun = performance.now()
  const got = await carry(bytes)
  const seconds = (performance.now() - begun) / 1000
  const { peak, idle } = memory
  pool.destroy()
  if (got !== bytes) throw new Error(`${got} of ${bytes} bytes arrived`)
  return { idle, peak, above: peak - idle, seconds, megabytesPerSecond: bytes / seconds / 1e6 }
})

/** @typedef {(pool: ConnectionPoolManager, origin: string, bytes: number, pace: Pace) => Promise<number>} Carry */

/** @type {Record<string, Carry>} */
const downloads = {
  async request (pool, origin, bytes, pace) {
    const { body } = await pool.request(`${origin}/bytes?n=${bytes}`)
    return consumed(body, pace)
  },
  async fetch (pool, origin, bytes, pace) {
    const response = await pool.fetch(`${origin}/bytes?n=${bytes}`)
    return consumed(/** @type {any} */ (response.body), pace)
  },
  async agent (pool, origin, bytes, pace) {
    const [reply] = await once(asked(pool, `${origin}/bytes?n=${bytes}`, 'GET').end(), 'response')
    return consumed(reply, pace)
  }
}

/** @type {Record<string, Carry>} */
const uploads = {
  async request (pool, origin, bytes) {
    const { body } = await pool.request(`${origin}/sink`, { method: 'POST', body: pieces(bytes) })
    return (await body.json()).bytes
  },
  async fetch (pool, origin, bytes) {
    const init = /** @type {any} */ ({ method: 'POST', duplex: 'half', body: ReadableStream.from(pieces(bytes)) })
    const response = await pool.fetch(`${origin}/sink`, init)
    return /** @type {any} */ (await response.json()).bytes
  },
  async agent (pool, origin, bytes) {
    const request = asked(pool, `${origin}/sink`, 'POST')
    const replied = once(request, 'response')
    for await (const piece of pieces(bytes)) if (!request.write(piece)) await once(request, 'drain')
    request.end()
    const [reply] = await replied
    return JSON.parse(Buffer.concat(await reply.toArray()).toString()).bytes
  }
}

/**
 * @param {ConnectionPoolManager} pool
 * @param {string} url
 * @param {string} method
 */
function asked (pool, url, method) {
  const { request } = url.startsWith('https:') ? https : http
  return request(url, { agent: pool.getAgentForUrl(url), method })
}

/**
 * @param {AsyncIterable<Uint8Array>} body
 * @param {Pace} pace
 */
async function consumed (body, pace) {
  for await (const chunk of body) await pace.take(chunk.length)
  return pace.taken
}

/** @param {number} bytes */
async function * pieces (bytes) {
  for (let left = bytes; left > 0; left -= PIECE.length) yield left < PIECE.length ? PIECE.subarray(0, left) : PIECE
}
