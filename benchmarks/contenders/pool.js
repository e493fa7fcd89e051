'use strict'

const { version } = require('../../package.json')
const { poolOf } = require('./pool-of')
const { flowing, posted } = require('./bodies')

/** Every event of a pool that a request can bring about. */
const EVENTS = /** @type {const} */ ([
  'connection_created', 'connection_freed', 'connection_removed', 'request_completed', 'request_error', 'pool_exhausted', 'high_utilization', 'high_error_rate'
])

/**
 * @param {{ listening?: boolean, keepAlive?: boolean }} how `listening`: each event has a listener
 * @returns {import('./index').Open}
 */
const opener = ({ listening = false, keepAlive = true } = {}) => (origin, setting) => {
  const pool = poolOf(setting, keepAlive)
  let heard = 0
  if (listening) for (const event of EVENTS) pool.on(event, () => { heard++ })
  return {
    async call (path, body) {
      const reply = await (body === undefined ? pool.request(origin + path) : pool.request(origin + path, posted(body)))
      if (reply.statusCode !== 200) throw new Error(`status ${reply.statusCode}`)
      await reply.body[setting.read]()
    },
    async exchange (method, path, headers, body) {
      const reply = await pool.request(origin + path, { method, headers, ...body !== undefined && { body } })
      if (reply.statusCode !== 200) throw new Error(`status ${reply.statusCode}`)
      return reply.body.text()
    },
    async upload (path, bytes) {
      const { body } = await pool.request(origin + path, { method: 'POST', body: Buffer.alloc(bytes, 'x') })
      const got = /** @type {any} */ (await body.json()).bytes
      if (got !== bytes) throw new Error(`${got} of ${bytes} bytes arrived`)
    },
    async download (path, bytes) {
      const { body } = await pool.request(origin + path)
      const got = (await body.arrayBuffer()).byteLength
      if (got !== bytes) throw new Error(`${got} of ${bytes} bytes arrived`)
    },
    async stream (path, take) {
      const { statusCode, body } = await pool.request(origin + path)
      if (statusCode !== 200) throw new Error(`status ${statusCode}`)
      await flowing(body, take)
    },
    async close () {
      if (listening && heard === 0) throw new Error('no event was heard')
      pool.destroy()
    }
  }
}

module.exports = {
  plain: { version, open: opener() },
  listening: { version, open: opener({ listening: true }) },
  unpooled: { version, open: opener({ keepAlive: false }) }
}
