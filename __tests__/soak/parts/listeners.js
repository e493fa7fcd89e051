'use strict'

// Many streams of events at once, in a process of its own.

const http = require('node:http')
const https = require('node:https')
const { ConnectionPoolManager } = require('../../..')
const { Tokens } = require('../traffic/replies')
const { Memory, work } = require('./own-process')

/** Streams that begin in one go; the next begin when these have their head. */
const BURST = 500
/** How fast the machine is today is not what is asked. */
const PATIENT = { connectTimeout: 0, timeout: 0 }

/**
 * @typedef {object} Order
 * @property {'request' | 'fetch' | 'agent'} way
 * @property {string} origin
 * @property {string} ca
 * @property {number} count
 * @property {number} tokens of each
 * @property {number} everyMs
 */

work(async (/** @type {Order} */ { way, origin, ca, count, tokens, everyMs }) => {
  const pool = new ConnectionPoolManager({ maxSockets: count, maxSocketsPerHost: count, maxFreeSockets: 10, ...PATIENT, tls: { ca: [ca] } })
  const open = ways[way]
  const path = `${origin}/sse?tokens=${tokens}&every=${everyMs}`
  await one(open, pool, `${origin}/sse?tokens=3&every=0`, 3)
  const memory = await Memory.rest()
  const lives = []
  let now = 0
  let most = 0
  let broken = 0
  const codes = /** @type {Record<string, number>} */ ({})
  const begun = performance.now()
  for (let left = count; left > 0; left -= BURST) {
    const opened = Array.from({ length: Math.min(left, BURST) }, () => new Promise(resolve => {
      const live = one(open, pool, path, tokens, () => {
        most = Math.max(most, ++now)
        resolve(undefined)
      })
      lives.push(live.then(() => { now-- }, error => {
        now--
        broken++
        resolve(undefined)
        const code = (error.cause ?? error).code ?? String(error)
        codes[code] = (codes[code] ?? 0) + 1
      }))
    }))
    await Promise.all(opened)
  }
  const opening = (performance.now() - begun) / 1000
  const connections = pool.getMetrics().currentPoolSize
  global.gc?.()
  const standing = memory.now
  await Promise.all(lives)
  pool.destroy()
  const kilobytes = (/** @type {number} */ held) => (held - memory.idle) * 1024 / count
  return { idle: memory.idle, most, broken, codes, connections, opening, standing: kilobytes(standing), peak: kilobytes(memory.peak), seconds: (performance.now() - begun) / 1000 }
})

/**
 * @param {Open} open
 * @param {ConnectionPoolManager} pool
 * @param {string} url
 * @param {number} tokens
 * @param {() => void} [onHead]
 */
async function one (open, pool, url, tokens, onHead = () => {}) {
  const seen = new Tokens()
  const body = await open(pool, url)
  onHead()
  for await (const chunk of body) seen.take(chunk)
  seen.end(tokens)
}

/** @typedef {(pool: ConnectionPoolManager, url: string) => Promise<AsyncIterable<Uint8Array>>} Open */

/** @type {Record<string, Open>} */
const ways = {
  request: async (pool, url) => (await pool.request(url)).body,
  fetch: async (pool, url) => /** @type {any} */ ((await pool.fetch(url)).body),
  agent: (pool, url) => new Promise((resolve, reject) => {
    const { get } = url.startsWith('https:') ? https : http
    get(url, { agent: pool.getAgentForUrl(url) }, resolve).on('error', reject)
  })
}
