'use strict'

const { AsyncResource } = require('node:async_hooks')
const { PoolError } = require('../errors')
const { RawLease, Standing } = require('../ring/raw-lease')
const { VirtualSocket } = require('./virtual-socket')

/**
 * TLS by Node itself over a connection of the pool, for options that the engine's TLS cannot honour exactly. The connection
 * counts in the pool's limits and ends with the socket.
 */
class NodeTls extends AsyncResource {
  /** @type {VirtualSocket | null} */ #socket = null
  /** @type {(error: Error | null, socket?: import('node:tls').TLSSocket) => void} */ #done
  /** @type {import('./agents').Source} */ #source
  /** @type {(socket: VirtualSocket) => import('node:tls').TLSSocket} */ #secure

  /**
   * @param {import('./agents').Source} source
   * @param {(socket: VirtualSocket) => import('node:tls').TLSSocket} secure speaks TLS over a socket
   * @param {(error: Error | null, socket?: import('node:tls').TLSSocket) => void} done
   */
  constructor (source, secure, done) {
    super('RAG_POOL_NODE_TLS', { requireManualDestroy: true })
    this.#source = source
    this.#secure = secure
    this.#done = done
  }

  /** @param {number} destination of connections that Node speaks TLS over, and nobody else */
  start (destination) {
    const refusal = this.#source.refusal()
    if (refusal !== null) return this.#done(refusal)
    this.#source.flights.begin()
    const lease = this.lease = new RawLease(this.#source.ring, destination, false, this)
    if (lease.standing === Standing.FRESH) this.#begin()
  }

  #begin () {
    const socket = this.#socket = new VirtualSocket()
    socket.begin(/** @type {RawLease} */ (this.lease), true)
    const secure = this.#secure(socket)
    carried.add(secure)
    secure.once('close', () => socket.destroy())
    this.#done(null, secure)
  }

  onLeased () {
    this.runInAsyncScope(() => this.#begin())
  }

  onReached () {
    // Its TCP connection is all that is dialled.
  }

  /** @param {Buffer} chunk */
  onData (chunk) {
    this.runInAsyncScope(() => this.#socket?.onData(chunk))
  }

  onTaken () {
    this.runInAsyncScope(() => this.#socket?.onTaken())
  }

  onPeerEnd () {
    this.runInAsyncScope(() => this.#socket?.onPeerEnd())
  }

  /** @param {import('../errors').Failure} failure */
  onFail (failure) {
    const error = failure.thrown ?? new PoolError(failure)
    this.runInAsyncScope(() => {
      if (this.#socket === null) this.#done(error)
      else this.#socket.onFail(error)
    })
    this.emitDestroy()
    this.#source.flights.end()
  }

  onClosed () {
    this.emitDestroy()
    this.#source.flights.end()
  }
}

/** What TLS is spoken over connections of a pool. @type {WeakSet<import('node:tls').TLSSocket>} */
const carried = new WeakSet()

/** @param {any} socket */
function isCarried (socket) {
  return carried.has(socket)
}

module.exports = { NodeTls, isCarried }
