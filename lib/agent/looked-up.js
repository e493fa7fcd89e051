'use strict'

const { isIP } = require('node:net')

/** @typedef {import('node:stream').Duplex & { host: string, connecting: boolean }} Connecting */

/** When a connecting socket says where the name of its host led: once. Of an address it says nothing, as Node's. */
class LookedUp {
  #isTold = false

  /** The name is looked up for another connection. */
  begin () { this.#isTold = false }

  /**
   * @param {Connecting} socket
   * @param {string[]} addresses that were found, in their order
   */
  found (socket, addresses) {
    if (this.#isTold || isIP(socket.host) !== 0) return
    this.#isTold = true
    for (const address of addresses) {
      // A listener may have ended it.
      if (!socket.connecting) return
      socket.emit('lookup', null, address, isIP(address), socket.host)
    }
  }

  /**
   * It was dialled for a request before, which heard of the name.
   * @param {Connecting} socket
   * @param {{ address: string } | undefined} remote a Unix socket has none
   */
  open (socket, remote) {
    if (this.#isTold || isIP(socket.host) !== 0 || !remote) return
    this.#isTold = true
    socket.emit('lookup', null, remote.address, isIP(remote.address), socket.host)
  }

  /**
   * That the name was not found, or under which addresses.
   * @param {Connecting} socket
   * @param {any} error of the dial
   * @param {string} phase
   */
  failed (socket, error, phase) {
    if (this.#isTold || isIP(socket.host) !== 0) return
    if (phase === 'dns') socket.emit('lookup', error, undefined, undefined, socket.host)
    if (phase !== 'connect') return
    const addresses = (error.cause?.errors ?? [error]).map((/** @type {any} */ { address }) => address)
    // That of a Unix socket is a path.
    this.found(socket, addresses.filter((/** @type {any} */ address) => isIP(address) !== 0))
  }
}

module.exports = { LookedUp }
