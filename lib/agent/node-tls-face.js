'use strict'

/** What a connecting socket tells of on its way to TCP. */
const TOLD = ['lookup', 'connect', 'ready']
/** What it shows of that, and of its ends. */
const SHOWN = ['connecting', 'pending', 'readyState', 'remoteAddress', 'remotePort', 'remoteFamily', 'localAddress', 'localPort', 'localFamily']

/**
 * Has a TLS socket of Node's, which knows nothing of the stream below it but its bytes, show the connection there as it would show a
 * TCP socket of its own. Until that is there it writes nothing, as over its own.
 * @param {import('node:tls').TLSSocket} secure
 * @param {import('./virtual-socket').VirtualSocket} below
 */
function showBelow (secure, below) {
  for (const event of TOLD) below.on(event, (...args) => { if (!secure.destroyed) secure.emit(event, ...args) })
  // Node writes over `connecting` where a socket ends.
  const shown = SHOWN.map(name => [name, { get: () => /** @type {any} */ (below)[name], set () {}, configurable: true, enumerable: true }])
  Object.defineProperties(secure, Object.fromEntries(shown))
  Object.defineProperty(secure, 'address', { value: () => below.address(), writable: true, configurable: true })
}

/**
 * Has a TLS socket of Node's tell of stillness as the socket below it does: its own timer would ring before the event loop has read
 * what came while it was busy.
 * @param {any} secure
 * @param {import('./virtual-socket').VirtualSocket} below
 */
function timeBelow (secure, below) {
  below.on('timeout', () => { if (!secure.destroyed) secure.emit('timeout') })
  /**
   * @param {number} ms
   * @param {() => void} [listener]
   */
  const setTimeout = (ms, listener) => {
    if (secure.destroyed) return secure
    secure.timeout = ms
    below.setTimeout(ms)
    if (listener !== undefined) {
      if (ms > 0) secure.once('timeout', listener)
      else secure.removeListener('timeout', listener)
    }
    return secure
  }
  Object.defineProperty(secure, 'setTimeout', { value: setTimeout, writable: true, configurable: true })
}

module.exports = { showBelow, timeBelow }
