'use strict'

const { ConnectionPoolManager } = require('../..')

/**
 * A pool with the limits that its contenders have.
 * @param {import('./index').Setting} setting
 * @param {boolean} [keepAlive]
 */
function poolOf ({ connections, keepIdleMs, ca, streams }, keepAlive = true) {
  return new ConnectionPoolManager({
    maxSockets: connections,
    maxSocketsPerHost: connections,
    maxFreeSockets: connections,
    freeSocketTimeout: keepIdleMs,
    keepAlive,
    ...streams !== undefined && { maxConcurrentStreams: streams },
    ...ca !== undefined && { tls: { ca } }
  })
}

module.exports = { poolOf }
