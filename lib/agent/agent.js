'use strict'

const http = require('node:http')
const https = require('node:https')
const { Carriage } = require('./carriage')
const { wantsOwnSocket } = require('./own-socket')
const { VirtualSocket } = require('./virtual-socket')

/** @typedef {import('./carriage').Source} Source */

/**
 * Makes an agent of Node's class whose requests are carried by the pool. `sockets` lists those that have a connection or
 * dial one, `requests` those that wait for a turn, and `freeSockets` what is left of those that are done, which own nothing.
 * @template {typeof http.Agent | typeof https.Agent} Base
 * @param {Base} Base
 * @param {'http' | 'https'} scheme
 */
function pooled (Base, scheme) {
  return class PooledAgent extends /** @type {any} */ (Base) {
    /** @type {Source} */ #source

    /** @param {Source} source */
    constructor (source) {
      const { keepAlive, keepAliveMsecs, maxSocketsPerHost, maxSockets, maxFreeSockets, scheduling, timeout } = source.config
      super({ keepAlive, keepAliveMsecs, maxSockets: maxSocketsPerHost, maxTotalSockets: maxSockets, maxFreeSockets, scheduling, timeout })
      this.#source = source
      // Node's own listener goes by Node's queue and limits: it is for sockets of Node's own.
      const [ofNode] = this.listeners('free')
      this.removeListener('free', ofNode)
      this.on('free', (/** @type {any} */ socket, /** @type {any} */ options) => {
        if (socket instanceof VirtualSocket) socket.carriage?.freed()
        else ofNode.call(this, socket, options)
      })
    }

    /**
     * Called by ClientRequest.
     * @param {any} req
     * @param {any} options
     * @param {any} port
     * @param {any} localAddress
     */
    addRequest (req, options, port, localAddress) {
      if (typeof options === 'string') options = { __proto__: null, host: options, port, localAddress }
      // What the pool trusts, and what it does not, holds for a socket of Node's own as well.
      if (wantsOwnSocket(options)) return super.addRequest(req, { __proto__: null, ...(scheme === 'https' && this.#source.config.tls), ...options })
      // Node keeps connections of an agent without keepAlive open as long as its limit is finite; a pool without it does not.
      if (!this.keepAlive) req.shouldKeepAlive = false
      const merged = { __proto__: null, ...options, ...this.options }
      new Carriage(this, this.#source, req, merged, scheme).start()
    }
  }
}

const PooledHttpAgent = pooled(http.Agent, 'http')
const PooledHttpsAgent = pooled(https.Agent, 'https')

module.exports = { PooledHttpAgent, PooledHttpsAgent }
