'use strict'

// What goes wrong while a connection is made; as in rows.js. The first connection is misled, and those after it are served.

const PATIENCE_MS = 500
const IMPATIENT = { connectTimeout: PATIENCE_MS }
/** A fatal alert: handshake_failure. */
const ALERT = Buffer.from([21, 3, 3, 0, 2, 2, 40])

/**
 * @typedef {object} Row
 * @property {string} fault
 * @property {((socket: import('node:net').Socket) => void) | null} misled once the client's first bytes are there; null: nobody accepts it
 * @property {string} sees
 * @property {string} [agent]
 * @property {'none'} connection
 * @property {any} [options] of the pool
 */

/** @type {Row[]} */
const dials = [
  { fault: 'a dial that nobody answers', misled: null, options: IMPATIENT, sees: 'ERR_POOL_CONNECT_TIMEOUT, connect', connection: 'none' },
  { fault: 'a TLS handshake without end', misled: () => {}, options: IMPATIENT, sees: 'ERR_POOL_CONNECT_TIMEOUT, tls', connection: 'none' },
  { fault: 'closed in the TLS handshake', misled: socket => socket.end(), sees: 'ECONNRESET, tls', connection: 'none' },
  { fault: 'reset in the TLS handshake', misled: socket => socket.resetAndDestroy(), sees: 'ECONNRESET, tls', connection: 'none' },
  { fault: 'an alert in place of a TLS handshake', misled: socket => socket.end(ALERT), sees: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE, tls', agent: 'EPROTO, tls', connection: 'none' },
  { fault: 'no TLS where it was asked for', misled: socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), sees: 'ERR_SSL_WRONG_VERSION_NUMBER, tls', agent: 'EPROTO, tls', connection: 'none' }
]

module.exports = { dials }
