'use strict'

const { isIP } = require('node:net')

// When a connecting socket says where the name of its host led. Of an address it says nothing, as Node's.

/** @typedef {import('node:stream').Duplex & { host: string }} Told */

/**
 * @param {Told} socket
 * @param {{ address: string } | undefined} remote a Unix socket has none
 */
function tellFound (socket, remote) {
  if (isIP(socket.host) === 0 && remote) socket.emit('lookup', null, remote.address, isIP(remote.address), socket.host)
}

/**
 * Of a dial that failed: that the name was not found, or under which addresses.
 * @param {Told} socket
 * @param {any} error
 * @param {string} phase
 */
function tellFailedDial (socket, error, phase) {
  if (isIP(socket.host) !== 0) return
  if (phase === 'dns') socket.emit('lookup', error, undefined, undefined, socket.host)
  if (phase !== 'connect') return
  for (const { address } of error.cause?.errors ?? [error]) {
    if (address !== undefined) socket.emit('lookup', null, address, isIP(address), socket.host)
  }
}

module.exports = { tellFailedDial, tellFound }
