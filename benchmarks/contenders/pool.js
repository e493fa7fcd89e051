'use strict'

const { ConnectionPoolManager } = require('../..')
const { version } = require('../../package.json')

/** This package's lowest call. */
module.exports = {
  version,
  /** @type {import('./index').Open} */
  open (origin, { connections, keepIdleMs, read }) {
    const pool = new ConnectionPoolManager({
      maxSockets: connections,
      maxSocketsPerHost: connections,
      maxFreeSockets: connections,
      freeSocketTimeout: keepIdleMs
    })
    return {
      async get (path) {
        const { statusCode, body } = await pool.request(origin + path)
        if (statusCode !== 200) throw new Error(`status ${statusCode}`)
        await body[read]()
      },
      async close () {
        pool.destroy()
      }
    }
  }
}
