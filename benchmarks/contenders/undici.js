'use strict'

const { Pool } = require('undici')
const { version } = require('undici/package.json')

/**
 * undici's lowest call that gives a body to read.
 * @param {{ allowH2: boolean, pipelining: number }} how
 * @returns {import('./index').Open}
 */
function opener (how) {
  return (origin, { connections, keepIdleMs, read, ca }) => {
    const pool = new Pool(origin, { connections, ...how, keepAliveTimeout: keepIdleMs, ...ca !== undefined && { connect: { ca } } })
    return {
      async get (path) {
        const { statusCode, body } = await pool.request({ method: 'GET', path })
        if (statusCode !== 200) throw new Error(`status ${statusCode}`)
        await body[read]()
      },
      async exchange (method, path, headers, body) {
        const reply = await pool.request({ method, path, headers, body: body ?? null })
        if (reply.statusCode !== 200) throw new Error(`status ${reply.statusCode}`)
        return reply.body.text()
      },
      async upload (path, bytes) {
        const { body } = await pool.request({ method: 'POST', path, body: Buffer.alloc(bytes, 'x') })
        const got = /** @type {any} */ (await body.json()).bytes
        if (got !== bytes) throw new Error(`${got} of ${bytes} bytes arrived`)
      },
      async download (path, bytes) {
        const { body } = await pool.request({ method: 'GET', path })
        const got = (await body.arrayBuffer()).byteLength
        if (got !== bytes) throw new Error(`${got} of ${bytes} bytes arrived`)
      },
      close: () => pool.destroy()
    }
  }
}

module.exports = {
  plain: { version, open: opener({ allowH2: false, pipelining: 1 }) },
  /** As many streams of a connection as its peer takes: undici calls that pipelining. */
  h2: { version, open: opener({ allowH2: true, pipelining: 128 }) }
}
