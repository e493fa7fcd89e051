'use strict'

const { once } = require('node:events')
const http = require('node:http')
const https = require('node:https')
const { version: aliveVersion } = require('agentkeepalive/package.json')
const { poolOf } = require('./pool-of')

/** Pieces of a body that is streamed, one like the other. */
const PIECE = Buffer.alloc(64 * 1024, 'x')

/**
 * A client of `http.request` over an agent.
 * @param {string} origin
 * @param {http.Agent} agent
 * @param {'json' | 'text'} read
 * @param {() => void} end
 * @returns {import('./index').Client}
 */
function client (origin, agent, read, end) {
  const { request } = origin.startsWith('https:') ? https : http
  return {
    async get (path) {
      const text = await getText(request(origin + path, { agent }).end())
      if (read === 'json') JSON.parse(text)
    },
    exchange: (method, path, headers, body) => getText(request(origin + path, { agent, method, headers }).end(body)),
    async upload (path, bytes) {
      const req = request(origin + path, { agent, method: 'POST', headers: { 'content-length': bytes } })
      const reply = getText(req)
      let left = bytes
      for (; left > PIECE.length; left -= PIECE.length) {
        if (!req.write(PIECE)) await once(req, 'drain')
      }
      // With its end, or a server that has the last byte answers before the request is over.
      req.end(PIECE.subarray(0, left))
      const got = JSON.parse(await reply).bytes
      if (got !== bytes) throw new Error(`${got} of ${bytes} bytes arrived`)
    },
    async download (path, bytes) {
      const [reply] = await once(request(origin + path, { agent }).end(), 'response')
      let got = 0
      reply.on('data', (/** @type {Buffer} */ piece) => { got += piece.length })
      await once(reply, 'end')
      if (got !== bytes) throw new Error(`${got} of ${bytes} bytes arrived`)
    },
    close: async () => end()
  }
}

/**
 * @param {http.ClientRequest} request
 * @returns {Promise<string>}
 */
function getText (request) {
  return new Promise((resolve, reject) => {
    request.on('error', reject).on('response', reply => {
      let text = ''
      reply.setEncoding('utf8').on('data', piece => { text += piece })
      reply.on('error', reject)
      reply.on('end', () => {
        if (reply.statusCode === 200) resolve(text)
        else reject(new Error(`status ${reply.statusCode}`))
      })
    })
  })
}

/** Node's own agent. */
const plain = {
  version: process.versions.node,
  /** @type {import('./index').Open} */
  open (origin, { connections, read, ca }) {
    const options = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections, ...ca !== undefined && { ca } }
    const agent = origin.startsWith('https:') ? new https.Agent(options) : new http.Agent(options)
    return client(origin, agent, read, () => agent.destroy())
  }
}

/** The agent that looks after idle connections, in pure JavaScript. */
const alive = {
  version: aliveVersion,
  /** @type {import('./index').Open} */
  open (origin, { connections, keepIdleMs, read, ca }) {
    const { HttpAgent, HttpsAgent } = require('agentkeepalive')
    const options = { maxSockets: connections, maxFreeSockets: connections, freeSocketTimeout: keepIdleMs, ...ca !== undefined && { ca } }
    const agent = /** @type {http.Agent} */ (/** @type {unknown} */ (origin.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options)))
    return client(origin, agent, read, () => agent.destroy())
  }
}

/** The agent of a pool. */
const pooled = {
  version: process.versions.node,
  /** @type {import('./index').Open} */
  open (origin, setting) {
    const pool = poolOf(setting)
    return client(origin, /** @type {http.Agent} */ (pool.getAgentForUrl(origin)), setting.read, () => pool.destroy())
  }
}

module.exports = { plain, alive, pooled }
