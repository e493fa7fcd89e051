'use strict'

const { ConnectionPoolManager } = require('../..')

/**
 * A pool with the limits that its contenders have.
 * @param {import('./index').Setting} setting
 * @param {boolean} [keepAlive]
 */
function poolOf ({ connections, keepIdleMs, ca }, keepAlive = true) {
  return new ConnectionPoolManager({
    maxSockets: connections,
    maxSocketsPerHost: connections,
    maxFreeSockets: connections,
    freeSocketTimeout: keepIdleMs,
    keepAlive,
    ...ca !== undefined && { tls: { ca } }
  })
}

module.exports = { poolOf }
