'use strict'

const { list, unlist } = require('./lists')

/** @typedef {import('./virtual-socket').VirtualSocket} VirtualSocket */

/**
 * The parked sockets of a pool's agents, in the order in which they were. Each stands for an idle connection; beyond as many as the
 * pool may have the oldest stand for none, and would stay for ever: nothing of theirs is left that could end.
 */
class Parked {
  /** @type {Map<VirtualSocket, { agent: any, name: string }>} */ #all = new Map()

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
    this.#all.set(socket, { agent, name })
    if (this.#all.size > this.most) this.#endOldest()
  }

  /**
   * @param {any} agent
   * @param {string} name
   * @param {any} socket parked or not
   */
  remove (agent, name, socket) {
    unlist(agent.freeSockets, name, socket)
    socket?.removeListener('error', unheard)
    this.#all.delete(socket)
  }

  #endOldest () {
    const [oldest] = this.#all
    if (oldest === undefined) return
    const [socket, { agent, name }] = oldest
    // First, or its end would be that of an idle connection, which may be another's by now.
    this.remove(agent, name, socket)
    socket.destroy()
  }
}

/** Of an error on a parked socket nobody else hears, as with Node's; it ends the socket. */
function unheard () {}

module.exports = { Parked }
