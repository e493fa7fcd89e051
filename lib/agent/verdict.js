'use strict'

const { isWhole } = require('./framing')
const { HINT_MARGIN_MS, keepAliveHint } = require('./keep-alive-hint')

/**
 * Whether the connection of an exchange may be used again, as far as the exchange tells.
 * @param {import('./virtual-socket').VirtualSocket} socket
 * @param {boolean} isKept by the agent, and nothing came behind the reply
 * @param {number} written bytes of the exchange
 * @returns {{ keep: boolean, hintMs: number | undefined }} with what the reply said of how long
 */
function verdictOf (socket, isKept, written) {
  const message = /** @type {any} */ (socket)._httpMessage
  const hintMs = keepAliveHint(message?.res)
  // A request that was given up before it had its socket has used nothing.
  const wanted = message === undefined || message === null ? !socket.connecting : message.shouldKeepAlive === true && isWhole(message, written)
  // After a 101, asked for or not, the peer speaks another protocol (RFC 9110, 15.2.2).
  const keep = wanted && message?.res?.statusCode !== 101 && isKept && socket.writable && (hintMs === undefined || hintMs > HINT_MARGIN_MS)
  return { keep, hintMs }
}

module.exports = { verdictOf }
