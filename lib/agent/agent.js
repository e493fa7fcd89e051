'use strict'

const http = require('node:http')
const https = require('node:https')
const { badInput, shown } = require('../errors')
const { Asked } = require('./asked')
const { Carriage } = require('./carriage')
const { list, listed, unlist } = require('./lists')
const { logKeys } = require('../node-tls-options')
const { NodeTls, carrierOf } = require('./node-tls')
const { carriageOf } = require('./new-socket')
const { asksAsNode, connectsAsNode } = require('./nodes-methods')
const { VirtualSocket } = require('./virtual-socket')
const { isUnsayable } = require('./way')

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
    /** On behalf of which request Node asks for a connection. @type {any} */ #making = null

    // By it who has an agent makes another: Node's client does so with the global one's, for `agent: false`. It comes with no pool.
    static { this.prototype.constructor = Base }

    /** @param {Source} source */
    constructor (source) {
      const { keepAlive, keepAliveMsecs, maxSocketsPerHost, maxSockets, maxFreeSockets, scheduling, timeout } = source.config
      super({ keepAlive, keepAliveMsecs, maxSockets: maxSocketsPerHost, maxTotalSockets: maxSockets, maxFreeSockets, scheduling, timeout })
      this.#source = source
      // Node's own listener goes by Node's queue and limits, in which nothing is.
      this.removeListener('free', this.listeners('free')[0])
      this.on('free', freed)
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
      if (typeof req.getHeader('host') !== 'string') refuseAsNode(Base, this.options, req, options)
      // Node keeps connections of an agent without keepAlive open as long as its limit is finite; a pool without it does not.
      if (!this.keepAlive) req.shouldKeepAlive = false
      const asked = new Asked(req, options, this.options)
      const route = this.#source.isDestroyed() ? NOWHERE : this.#isReplaced || !connectsAsNode(scheme) ? null : this.#source.route(scheme, asked)
      if (route === null) return this.#byNode(req, asked.whole)
      new Carriage(this, this.#source, req, asked, scheme, route.number, nameOf(this, Base, route, asked)).start()
    }

    /** Whoever puts a `createConnection` or `createSocket` of his own in place has it called: it may be there to refuse where a request goes. */
    get #isReplaced () { return this.createConnection !== PooledAgent.prototype.createConnection || !asksAsNode(scheme, this) }

    /**
     * Past Node's own `addRequest`, which would take a parked socket, or queue the request where nobody takes it from.
     * @param {any} req
     * @param {any} options
     */
    #byNode (req, options) {
      const { flights, refusal } = this.#source
      const refused = refusal()
      if (refused !== null) return req.onSocket(null, refused)
      const name = this.getName(options)
      let waits = true
      const done = (/** @type {Error | null} */ error, /** @type {any} */ socket) => {
        waits = false
        unlist(this.requests, name, req)
        socket?.setTimeout(req.timeout ?? options.timeout ?? 0)
        // Of what its caller has given up Node tells as of what hung up.
        req.onSocket(socket ?? null, req.destroyed ? null : error)
      }
      // What a method of the caller's own gives is its own affair.
      this.#making = this.#isReplaced ? null : req
      try {
        // Asked for on its behalf, its connection is nothing new.
        flights.within(() => this.createSocket(req, options, done))
      } finally {
        this.#making = null
      }
      flights.begin()
      req.once('close', () => flights.end())
      if (waits) list(this.requests, name, req)
    }

    /**
     * Called by Node's own `createSocket` for what the engine cannot carry, and by whoever wants a connection as this agent makes it.
     * @param {any} options
     * @param {((error: Error | null, socket?: any) => void) | undefined} done
     * @param {any[]} others of the forms that `net.connect` has beside this one
     */
    createConnection (options, done, ...others) {
      if (typeof options !== 'object' || options === null) return super.createConnection(options, done, ...others)
      return connection(this.#source, scheme, options, done, this.#making, (/** @type {any} */ given) => super.createConnection(given, done))
    }

    /** As Node's it closes what it has open, and so what is idle. What it is asked for after that, it carries. */
    destroy () {
      super.destroy()
      this.#source.closeAllIdle(scheme)
    }

    /** By the lists, of which Node knows only what it has put on them itself. */
    get totalSocketCount () { return listed(this.sockets) + listed(this.freeSockets) }
    set totalSocketCount (_) {}

    /**
     * Called by Node for a socket of its own that has left. Node would give its place to one that waits in `requests`.
     * @param {any} socket
     * @param {any} options
     */
    removeSocket (socket, options) {
      unlist(this.sockets, this.getName(options), socket)
    }
  }
}

/**
 * What `getName()` gives, which puts twenty options together for https.
 * @param {any} agent
 * @param {typeof http.Agent | typeof https.Agent} Base
 * @param {import('./routes').Route} route
 * @param {Asked} asked
 */
function nameOf (agent, Base, route, asked) {
  if (agent.getName !== Base.prototype.getName) return agent.getName(asked.whole)
  return (route.name ??= agent.getName(asked.whole))
}

/**
 * A request is through with its socket.
 * @param {any} socket
 */
function freed (socket) {
  if (socket instanceof VirtualSocket) return carriageOf(socket)?.freed()
  carrierOf(socket)?.freed()
  // Kept, it would hold its connection from everybody else.
  socket.destroy()
}

/**
 * Throws what an agent of Node's does for a `Host` field by which it can name no server.
 * @param {typeof http.Agent | typeof https.Agent} Base
 * @param {any} own the agent's options
 * @param {any} req
 * @param {any} given the request's
 */
function refuseAsNode (Base, own, req, given) {
  if (req.getHeader('host') === undefined) return
  const agent = /** @type {any} */ (new Base(own))
  agent.createSocket = () => {}
  agent.addRequest(req, given)
}

/**
 * Node keeps sessions by the name of their options, in which neither of these has a part. One that is resumed was not verified by the
 * one that asks, nor has it shown his certificate.
 * @param {any} options
 */
function sessionsOf ({ secureContext, checkServerIdentity }) {
  return secureContext === undefined && checkServerIdentity === undefined ? undefined : { _agentKey: undefined }
}

/**
 * A connection as Node makes it. Over TLS that is over one of the pool's, wherever the engine can dial it.
 * @param {Source} source
 * @param {'http' | 'https'} scheme
 * @param {any} given options
 * @param {((error: Error | null, socket?: any) => void) | undefined} done
 * @param {any} req the request, if any, that waits for it in the pool's queue and is handed it by `done`
 * @param {(options: any) => any} make
 */
function connection (source, scheme, given, done, req, make) {
  const refusal = source.refusal()
  if (refusal !== null) return refuse(refusal, done)
  const options = source.completed(scheme, given)
  const destination = scheme === 'https' && connectsAsNode(scheme) ? source.bareDestination(options) : null
  if (destination === null) return source.goesByProxy(scheme, options) && !options.socket ? refuse(pastProxy(options), done) : make(options)
  // What is wrong with the options is thrown now, as Node throws it, though a connection may yet have to be waited for.
  const limit = source.connectLimit(options)
  const secure = (/** @type {any} */ socket) => logKeys(make({ ...options, ...sessionsOf(options), socket }), options)
  const socket = new NodeTls(source, limit, secure, done ?? nobody).start(destination, req)
  return req === null ? socket : undefined
}

/** Whoever gives no `done` has the socket at once. */
function nobody () {}

/**
 * @param {Error} error
 * @param {((error: Error) => void) | undefined} done
 */
function refuse (error, done) {
  if (done === undefined) throw error
  done(error)
}

/**
 * Node's own connection would go straight to where the pool must not.
 * @param {any} options
 */
function pastProxy ({ host }) {
  // As Node's client has it of a `Host` field.
  if (isUnsayable(host)) return badInput(TypeError, 'ERR_INVALID_CHAR', `host must be without CR, LF and NUL in a request that goes by a proxy; received ${shown(host)}`)
  return badInput(TypeError, 'ERR_INVALID_ARG_VALUE', 'a createConnection of one\'s own, localPort, hints and what else of a connection only Node has must be left out of a request that goes by a proxy')
}

/** Where a pool's requests go that is destroyed. @type {import('./routes').Route} */
const NOWHERE = Object.freeze({ number: 0, destination: { isForgotten: true, user: 0 }, name: '' })

const PooledHttpAgent = pooled(http.Agent, 'http')
const PooledHttpsAgent = pooled(https.Agent, 'https')

module.exports = { PooledHttpAgent, PooledHttpsAgent }
