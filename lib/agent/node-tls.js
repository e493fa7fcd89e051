'use strict'

const { AsyncResource } = require('node:async_hooks')
const { Deadline } = require('../deadline')
const { nextTick } = require('../event-loop')
const { PoolError } = require('../errors')
const { RawLease, Standing } = require('../ring/raw-lease')
const { whenGivenUp } = require('./given-up')
const { showBelow, timeBelow } = require('./node-tls-face')
const { Outcome } = require('./outcome')
const { VirtualSocket } = require('./virtual-socket')

/** @typedef {{ ms: number, origin: string, host: string }} Limit how long the connection may take, 0: for ever, and to where it is made */

/**
 * TLS by Node itself over a connection of the pool, for options that the engine's TLS cannot honour exactly. The connection
 * counts in the pool's limits and ends with the socket.
 */
class NodeTls extends AsyncResource {
  /** TLS says goodbye behind its peer's end too. */ #socket = new VirtualSocket(true)
  /** @type {import('node:tls').TLSSocket} */ #secure
  /** @type {import('./agents').Source} */ #source
  /** @type {(error: Error | null, socket?: import('node:tls').TLSSocket) => void} */ #done
  /** @type {Limit} */ #limit
  /** Since when a connection is made. */ #since = 0
  #isHanded = false
  /** Bytes may have flowed. */ #isBegun = false
  /** The handshake is through. */ #isSecured = false
  /** It counts no more among those in flight. */ #landed = false
  #outcome = new Outcome(() => this.#known, error => this.#tellFailure(error))
  /** @type {RawLease | null} */ #lease = null
  /** Nobody hears any more of a request that is given up in the queue. */ #unheard = () => {}

  /**
   * @param {import('./agents').Source} source
   * @param {Limit} limit
   * @param {(socket: VirtualSocket) => import('node:tls').TLSSocket} secure speaks TLS over a socket; what it throws is thrown
   * @param {(error: Error | null, socket?: import('node:tls').TLSSocket) => void} done
   */
  constructor (source, limit, secure, done) {
    super('RAG_POOL_NODE_TLS')
    this.#source = source
    this.#limit = limit
    this.#done = done
    // Before anything is held: what it writes waits for the connection.
    this.#secure = secure(this.#socket)
    // It has that of the socket below it.
    this.#secure.allowHalfOpen = false
    this.#socket.host = limit.host
    this.#socket.carriage = this
    showBelow(this.#secure, this.#socket)
    timeBelow(this.#secure, this.#socket)
  }

  /**
   * @param {number} destination of connections that Node speaks TLS over, and nobody else
   * @param {any} req the request, if any, on behalf of which it is asked for
   * @returns {import('node:tls').TLSSocket} which is `done`'s once there is a connection, or one is dialled
   */
  start (destination, req) {
    const secure = this.#secure
    secure.on('error', heardLater)
    secure.once('close', () => this.#socket.destroy())
    secure.once('secureConnect', () => { this.#isSecured = true })
    secure.once('agentRemove', () => this.#detached())
    // OpenSSL refuses some options only as the handshake begins.
    const refusal = this.#source.refusal() ?? secure.errored
    if (refusal !== null) {
      this.#fail(refusal)
      return secure
    }
    this.#source.flights.begin()
    const lease = this.#lease = new RawLease(this.#source.ring, destination, true, this, this.#source.flights.standing)
    this.#socket.begin(lease, false)
    const { standing } = lease
    if (standing === Standing.QUEUED && req !== null) this.#unheard = whenGivenUp(req, () => this.#leave(lease))
    if (standing !== Standing.QUEUED && standing !== Standing.REFUSED) {
      this.#hand()
      if (standing !== Standing.DIALLING) this.#begin()
    }
    return secure
  }

  /** Its request is given up in the queue. @param {RawLease} lease */
  #leave (lease) {
    lease.abort()
    this.#fail(new Error('given up in the queue'))
  }

  #hand () {
    const secure = this.#secure
    this.#isHanded = true
    this.#since = performance.now()
    secure.removeListener('error', heardLater)
    // Before its request hears of it, which says by then whether that was its caller's own doing.
    secure.on('error', this.#miscarried)
    carried.set(secure, this)
    this.#done(null, secure)
  }

  #begin () {
    // Not before the request listens, nor if it was given up before.
    nextTick(() => {
      if (this.#socket.destroyed) return
      this.#isBegun = true
      this.#watch()
      this.#socket.connected()
    })
  }

  /** The engine has timed the dial; what that has left is for the handshake. */
  #watch () {
    const { ms, origin } = this.#limit
    if (ms === 0) return
    const message = `connecting to ${origin} took too long (connectTimeout)`
    const deadline = new Deadline(() => {
      this.#secure.destroy(new PoolError({ code: 'ERR_POOL_CONNECT_TIMEOUT', phase: 'tls', message, origin }))
    })
    deadline.begin(ms - (performance.now() - this.#since))
    for (const over of ['secureConnect', 'close']) this.#secure.once(over, () => deadline.end())
  }

  /** None, once the socket is the request's own: what it carries then is no affair of the pool's. @type {any} */
  get #request () { return this.#landed ? undefined : /** @type {any} */ (this.#secure)._httpMessage }

  get #known () {
    return { origin: this.#limit.origin, written: this.#isSecured ? this.#lease?.written ?? 0 : 0 }
  }

  /** What goes wrong above the engine's connection. */
  #miscarried = (/** @type {Error & { phase?: unknown }} */ error) => {
    if (this.#request?.destroyed !== false) return
    if (!this.#isSecured && error.phase === undefined) Object.assign(error, { phase: 'tls', origin: this.#limit.origin, reusedSocket: false, mayHaveBeenProcessed: false })
    this.#outcome.watch(this.#request)
    this.#outcome.meet(error)
  }

  /** What the exchange comes to whose socket goes, as the engine is told. */
  cameTo () {
    // It goes before that is told.
    const { errored } = this.#secure
    if (errored !== null) this.#miscarried(errored)
    return this.#outcome.cameTo(this.#request)
  }

  /** Nothing of it is ever free, that another would have to know of. */
  dropped () {}

  /** Upgraded, or a tunnel: it is the request's own from now on. */
  #detached () {
    this.#secure.removeListener('error', this.#miscarried)
    this.#socket.detach()
    this.#land()
  }

  /** Its request is through with it. */
  freed () {
    // Given up before it had its socket, it has used nothing.
    if (!this.#isBegun) this.#socket.release(true, undefined)
    this.#secure.destroy()
  }

  onLeased () {
    this.#unheard()
    this.runInAsyncScope(() => {
      if (!this.#isHanded) this.#hand()
      this.#begin()
    })
  }

  /** @param {string[]} addresses */
  onFound (addresses) {
    this.runInAsyncScope(() => this.#socket.found(addresses))
  }

  onReached () {
    // Its TCP connection is all that is dialled: it is told of where it is there for use.
  }

  onMoved () { this.#socket.replaced() }

  /** @param {Buffer} chunk */
  onData (chunk) {
    this.runInAsyncScope(() => this.#socket.onData(chunk))
  }

  onTaken () {
    this.runInAsyncScope(() => this.#socket.onTaken())
  }

  onPeerEnd () {
    this.runInAsyncScope(() => this.#socket.onPeerEnd())
  }

  /** @param {import('../errors').Failure} failure */
  onFail (failure) {
    this.#unheard()
    const error = failure.thrown ?? new PoolError(failure)
    // What becomes of a connection that has left the pool is no failure of a request's, and the end of the pool is no fault of that.
    const isEnded = this.#landed && failure.code === 'ERR_POOL_DESTROYED'
    if (!this.#landed) this.#tellFailure(error)
    this.runInAsyncScope(() => {
      if (isEnded) this.#socket.destroy()
      else if (this.#isHanded) this.#socket.onFail(error)
      else this.#fail(error)
    })
    this.#land()
  }

  /** @param {Error} error */
  #tellFailure (error) { this.runInAsyncScope(() => this.#source.events.failed(error)) }

  #land () {
    if (this.#landed) return
    this.#landed = true
    this.#source.flights.end()
  }

  /**
   * Nobody has its socket.
   * @param {Error} error
   */
  #fail (error) {
    this.#secure.destroy()
    this.#done(error)
  }

  onClosed () {
    this.#land()
    this.#outcome.closed()
  }
}

/** What is wrong with a socket that nobody has yet, its request is told instead of it. */
function heardLater () {}

/** What TLS is spoken over connections of a pool. @type {WeakMap<import('node:tls').TLSSocket, NodeTls>} */
const carried = new WeakMap()

/**
 * What a socket of Node's is spoken by, if that is over a connection of the pool.
 * @param {any} socket
 */
function carrierOf (socket) {
  return carried.get(socket)
}

module.exports = { NodeTls, carrierOf }
