'use strict'

const { once } = require('node:events')
const http = require('node:http')
const https = require('node:https')
const { flowing, posted } = require('./bodies')
const { poolOf } = require('./pool-of')
const { versionOf } = require('./version-of')

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
    async call (path, body) {
      const text = await getText(body === undefined ? request(origin + path, { agent }).end() : request(origin + path, { agent, ...head(body) }).end(body))
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
    async stream (path, take) {
      const [reply] = await once(request(origin + path, { agent }).end(), 'response')
      if (reply.statusCode !== 200) throw new Error(`status ${reply.statusCode}`)
      await flowing(reply, take)
    },
    close: async () => end()
  }
}

/**
 * With its length: Node sends a body in chunks unless it is told.
 * @param {string} body
 */
function head (body) {
  const { method, headers } = posted(body)
  return { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }
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

/**
 * An agent that keeps as many connections as it may have.
 * @param {string} version
 * @param {() => { http: typeof http.Agent, https: typeof https.Agent }} load
 * @returns {{ version: string, open: import('./index').Open }}
 */
const keeping = (version, load) => ({
  version,
  open (origin, { connections, keepIdleMs, read, ca }) {
    const agents = load()
    const Agent = origin.startsWith('https:') ? agents.https : agents.http
    const options = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections, freeSocketTimeout: keepIdleMs, ...ca !== undefined && { ca } }
    const agent = new Agent(options)
    return client(origin, agent, read, () => agent.destroy())
  }
})

/** Node's own. */
const plain = keeping(process.versions.node, () => ({ http: http.Agent, https: https.Agent }))

const agentkeepalive = keeping(versionOf('agentkeepalive'), () => {
  const { HttpAgent, HttpsAgent } = require('agentkeepalive')
  return /** @type {any} */ ({ http: HttpAgent, https: HttpsAgent })
})

/** The agent of a pool. */
const pooled = {
  version: process.versions.node,
  /** @type {import('./index').Open} */
  open (origin, setting) {
    const pool = poolOf(setting)
    return client(origin, /** @type {http.Agent} */ (pool.getAgentForUrl(origin)), setting.read, () => pool.destroy())
  }
}

module.exports = { plain, pooled, agentkeepalive }
