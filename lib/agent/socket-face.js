'use strict'

const { Socket } = require('node:net')
const { Duplex } = require('node:stream')
const { Stillness } = require('./stillness')

/** Milliseconds that a timer takes at most. */
const LONGEST = 2 ** 31 - 1

/** @typedef {import('node:async_hooks').AsyncResource & { cameTo: () => number, dropped: () => void }} Leader */

/** What is known of no connection. */
const NOTHING = Object.freeze({
  local: undefined, remote: undefined, alpn: null, version: null, cipher: null, resumed: false, authorizationError: null, certificates: []
})

/** What `net.Socket` has beside its stream: what it says of its connection, and what may be set. */
class SocketFace extends Duplex {
  connecting = true
  timeout = 0
  bytesRead = 0
  /** The name that its connection is made to. */
  host = ''
  /** @type {unknown} */ port = undefined
  /** The name that TLS asks for. @type {string | undefined} */ asked = undefined

  /** Who leads the exchange that it serves, or served last. @type {Leader | null} */
  carriage = null

  #hearsDrains = false
  #stillness = new Stillness(() => this.within(() => this.emit('timeout')))

  /** Among those that are parked, if it is; who inspects a socket sees no other. @type {{ isTaken: boolean, older: any, newer: any }} */
  #place = { isTaken: false, older: null, newer: null }

  get place () { return this.#place }

  /** What is known of the connection. @returns {any} */
  get face () { return NOTHING }
  /** @type {true | undefined} */
  get encrypted () { return undefined }
  get pending () { return this.connecting || this.destroyed }
  get readyState () {
    if (this.connecting) return 'opening'
    if (this.readable && this.writable) return 'open'
    return this.readable ? 'readOnly' : this.writable ? 'writeOnly' : 'closed'
  }

  get remoteAddress () { return this.#remote.address }
  get remotePort () { return this.#remote.port }
  get remoteFamily () { return this.#remote.family }
  get localAddress () { return this.#local.address }
  get localPort () { return this.#local.port }
  get localFamily () { return this.#local.family }
  address () { return { ...this.#local } }

  get #remote () { return (this.connecting ? undefined : this.face.remote) ?? {} }

  /** As with Node's, the own side of a socket is forgotten with it. */
  get #local () { return (this.connecting || this.destroyed ? undefined : this.face.local) ?? {} }

  /**
   * Whoever has it done, it belongs to the request.
   * @param {() => void} act
   */
  within (act) {
    if (this.carriage === null) act()
    else this.carriage.runInAsyncScope(act)
  }

  /**
   * @param {number} ms
   * @param {() => void} [listener]
   */
  setTimeout (ms, listener) {
    if (this.destroyed) return this
    this.timeout = ms
    if (typeof ms !== 'number' || !(ms >= 0 && ms <= LONGEST)) refuseAsNode(ms)
    this.#stillness.watch(Math.min(ms, LONGEST))
    if (listener !== undefined) {
      if (ms > 0) this.once('timeout', listener)
      else this.removeListener('timeout', listener)
    }
    return this
  }

  /** Whether the reply is there, and whole. */
  get isAnswered () { return /** @type {any} */ (this)._httpMessage?.res?.complete === true }

  /**
   * Once it has the whole reply Node's client does not listen for 'drain' any more, though its request may not be through: who is
   * to write the rest of that would wait for ever.
   */
  hearDrains () {
    if (this.#hearsDrains) return
    this.#hearsDrains = true
    this.on('drain', tellDrained)
  }

  /** The exchange is over. */
  hearNoDrains () {
    if (!this.#hearsDrains) return
    this.#hearsDrains = false
    this.removeListener('drain', tellDrained)
  }

  /** Bytes have come or gone. */
  moved () { this.#stillness.broken() }
  watchNoMore () { this.#stillness.end() }

  /** Nothing is to be set: the engine's sockets have it always. */
  setNoDelay () { return this }
  /** The pool's `keepAliveMsecs` holds. */
  setKeepAlive () { return this }
  /** A request in flight holds the process open, and nothing else does. */
  ref () { return this }
  unref () { return this }
}

/** Node's own listener, where it is there still, comes first, and then nobody waits any more. @this {any} */
function tellDrained () {
  const message = this._httpMessage
  if (message?.writableNeedDrain === true) message.emit('drain')
}

/**
 * Throws what a socket of Node does for what is no time; warns as it does of one that is too long.
 * @param {any} ms
 */
function refuseAsNode (ms) {
  new Socket().setTimeout(ms).destroy()
}

module.exports = { NOTHING, SocketFace }
