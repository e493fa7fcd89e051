'use strict'

const http = require('node:http')
const https = require('node:https')
const { isIP } = require('node:net')
const tls = require('node:tls')
const { badInput } = require('../errors')
const { Carriage } = require('./carriage')
const { logKeys } = require('../node-tls-options')
const { NodeTls, isCarried } = require('./node-tls')
const { VirtualSocket } = require('./virtual-socket')

/** @typedef {import('./agents').Source} Source */

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
      // Node keeps connections of an agent without keepAlive open as long as its limit is finite; a pool without it does not.
      if (!this.keepAlive) req.shouldKeepAlive = false
      const merged = { __proto__: null, ...options, ...this.options }
      if (merged.socketPath) merged.path = merged.socketPath
      if (!merged.servername && merged.servername !== '') merged.servername = serverNameOf(req, merged)
      const destination = this.#source.isDestroyed() ? 0 : this.#source.destination(scheme, merged)
      if (destination === null) return this.#byNode(req, options)
      new Carriage(this, this.#source, req, merged, scheme, destination).start()
    }

    /**
     * @param {any} req
     * @param {any} options
     */
    #byNode (req, options) {
      const { flights, refusal } = this.#source
      const refused = refusal()
      if (refused !== null) return req.onSocket(null, refused)
      flights.begin()
      req.once('close', () => flights.end())
      // Asked for on its behalf, its connection is nothing new.
      return flights.within(() => super.addRequest(req, options))
    }

    /**
     * Called by Node's own `addRequest` for what the engine cannot carry. TLS is Node's then; the connection below it is the
     * pool's wherever the engine can dial it.
     * @param {any} options
     * @param {(error: Error | null, socket?: any) => void} done
     */
    createConnection (options, done) {
      const isDestroyed = this.#source.isDestroyed()
      options = this.#source.completed(scheme, options)
      const destination = scheme === 'http' || isDestroyed ? null : this.#source.bareDestination(options)
      if (destination === null && !isDestroyed) {
        if (this.#source.goesByProxy(scheme, options)) return void done(pastProxy())
        return super.createConnection(options, done)
      }
      // What is wrong with the options is thrown now, as Node throws it.
      const secureContext = options.secureContext ?? tls.createSecureContext(options)
      new NodeTls(this.#source, socket => logKeys(super.createConnection({ ...options, secureContext, socket }), options), done).start(destination ?? 0)
    }

    /**
     * Called by Node for a socket that has served. One over a connection of the pool would hold that from everybody else.
     * @param {any} socket
     */
    keepSocketAlive (socket) {
      return !isCarried(socket) && super.keepSocketAlive(socket)
    }
  }
}

/** Node's own connection would go straight to where the pool must not. */
function pastProxy () {
  return badInput(TypeError, 'ERR_INVALID_ARG_VALUE', 'localPort, hints, and a lookup, family or socketPath that only Node has, must be left out of a request that goes by a proxy')
}

/**
 * The name that TLS asks for, as Node has it: that of the `Host` field, if it is one.
 * @param {any} req
 * @param {any} options
 * @returns {string}
 */
function serverNameOf (req, { host }) {
  const field = req.getHeader('host')
  const name = field ? /^\[([^\]]*)\]|^[^:]*/.exec(String(field)) : null
  const chosen = name === null ? host : name[1] ?? name[0]
  return isIP(chosen) === 0 ? chosen : ''
}

const PooledHttpAgent = pooled(http.Agent, 'http')
const PooledHttpsAgent = pooled(https.Agent, 'https')

module.exports = { PooledHttpAgent, PooledHttpsAgent }
