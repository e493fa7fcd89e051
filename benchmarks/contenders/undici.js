'use strict'

const { Pool } = require('undici')
const { version } = require('undici/package.json')

/** undici's lowest call that gives a body to read. */
module.exports = {
  version,
  /** @type {import('./index').Open} */
  open (origin, { connections, keepIdleMs, read }) {
    const pool = new Pool(origin, { connections, pipelining: 1, keepAliveTimeout: keepIdleMs })
    return {
      async get (path) {
        const { statusCode, body } = await pool.request({ method: 'GET', path })
        if (statusCode !== 200) throw new Error(`status ${statusCode}`)
        await body[read]()
      },
      close: () => pool.destroy()
    }
  }
}
