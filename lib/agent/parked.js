'use strict'

const { list, unlist } = require('./lists')
const { carriageOf } = require('./new-socket')
const { VirtualSocket } = require('./virtual-socket')

/**
 * The parked sockets of a pool's agents, in the order in which they were. Each stands for an idle connection; beyond as many as the
 * pool may have the oldest stand for none, and would stay for ever: nothing of theirs is left that could end.
 *
 * They are a chain and not a Map, which each request would enter and leave, growing and shrinking it.
 */
class Parked {
  /** @type {VirtualSocket | null} */ #oldest = null
  /** @type {VirtualSocket | null} */ #newest = null
  #count = 0

  /** @param {number} most */
  constructor (most) {
    this.most = most
  }

  /**
   * @param {any} agent
   * @param {string} name
   * @param {VirtualSocket} socket
   */
  add (agent, name, socket) {
    list(agent.freeSockets, name, socket)
    socket.on('error', unheard)
    this.#append(socket)
    if (this.#count > this.most) this.#endOldest()
  }

  /**
   * The one that was parked last or, under `fifo`, first; it is parked no more.
   * @param {any} agent
   * @param {string} name
   * @returns {VirtualSocket | undefined}
   */
  take (agent, name) {
    const { [name]: parked } = agent.freeSockets
    // Until they have closed, those that were destroyed are listed, as with Node.
    const isAlive = (/** @type {any} */ socket) => socket instanceof VirtualSocket && socket.writable
    const socket = agent.options.scheduling === 'fifo' ? parked?.find(isAlive) : parked?.findLast(isAlive)
    this.remove(agent, name, socket)
    return socket
  }

  /**
   * @param {any} agent
   * @param {string} name
   * @param {VirtualSocket | null | undefined} socket parked or not
   */
  remove (agent, name, socket) {
    unlist(agent.freeSockets, name, socket)
    if (socket === null || socket === undefined) return
    socket.removeListener('error', unheard)
    if (socket.place.isTaken) this.#cut(socket)
  }

  /** @param {VirtualSocket} socket */
  #append (socket) {
    this.#count++
    const { place } = socket
    place.isTaken = true
    place.older = this.#newest
    if (this.#newest === null) this.#oldest = socket
    else this.#newest.place.newer = socket
    this.#newest = socket
  }

  /** @param {VirtualSocket} socket */
  #cut (socket) {
    this.#count--
    const { place } = socket
    const { older, newer } = place
    if (older === null) this.#oldest = newer
    else older.place.newer = newer
    if (newer === null) this.#newest = older
    else newer.place.older = older
    place.older = place.newer = null
    place.isTaken = false
  }

  #endOldest () {
    const oldest = this.#oldest
    // First, or its end would be that of an idle connection, which may be another's by now.
    if (oldest === null) return
    carriageOf(oldest)?.unpark()
    oldest.destroy()
  }
}

/** Of an error on a parked socket nobody else hears, as with Node's; it ends the socket. */
function unheard () {}

module.exports = { Parked }
