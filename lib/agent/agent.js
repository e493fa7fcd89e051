'use strict'

const http = require('node:http')
const https = require('node:https')
const { Carriage } = require('./carriage')
const { wantsOwnSocket } = require('./own-socket')

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
      const { keepAlive, keepAliveMsecs, maxSocketsPerHost, maxSockets, maxFreeSockets, scheduling } = source.config
      super({ keepAlive, keepAliveMsecs, maxSockets: maxSocketsPerHost, maxTotalSockets: maxSockets, maxFreeSockets, scheduling })
      this.#source = source
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
      if (wantsOwnSocket(options)) return super.addRequest(req, options)
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
