'use strict'

const { ConnectionPoolManager } = require('../..')

/**
 * A pool with the limits that its contenders have.
 * @param {import('./index').Setting} setting
 */
function poolOf ({ connections, keepIdleMs, ca }) {
  return new ConnectionPoolManager({
    maxSockets: connections,
    maxSocketsPerHost: connections,
    maxFreeSockets: connections,
    freeSocketTimeout: keepIdleMs,
    ...ca !== undefined && { tls: { ca } }
  })
}

module.exports = { poolOf }
