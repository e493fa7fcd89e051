'use strict'

const { AsyncResource } = require('node:async_hooks')
const { isIPv6 } = require('node:net')
const { setImmediate } = require('../event-loop')
const { PoolError } = require('../errors')
const { RawLease, Standing } = require('../ring/raw-lease')
const { attempt } = require('./attempt')
const { whenGivenUp } = require('./given-up')
const { isIdempotent } = require('./idempotent')
const { list, unlist } = require('./lists')
const { newSocket } = require('./new-socket')
const { Outcome } = require('./outcome')
const { verdictOf } = require('./verdict')

/** @typedef {import('./agents').Source} Source */
/** @typedef {import('./virtual-socket').VirtualSocket} VirtualSocket */

/** One request of an agent on its way. */
class Carriage extends AsyncResource {
  /** @type {any} */ #agent
  /** @type {Source} */ #source
  /** @type {any} */ #req
  /** @type {import('./asked').AskedType} */ #asked
  /** @type {'http' | 'https'} */ #scheme
  /** @type {number} */ #destination
  /** @type {string} */ #name
  /** @type {VirtualSocket | null} */ #socket = null
  /** @type {RawLease | null} */ #lease = null
  /** Nobody hears any more of a request that is given up in the queue. */ #unheard = () => {}
  /** Bytes came behind the reply. */ #surplus = false
  /** Its request is through with the socket. */ #isFreed = false
  /** It counts no more among those in flight. */ #landed = false
  /** There is a connection, of which its socket is about to tell. */ #isConnecting = false
  #outcome = new Outcome(() => this.#known, error => this.#tellSpoiled(error))

  /**
   * @param {any} agent
   * @param {Source} source
   * @param {any} req
   * @param {import('./asked').AskedType} asked
   * @param {'http' | 'https'} scheme
   * @param {number} destination
   * @param {string} name by which the agent lists it
   */
  constructor (agent, source, req, asked, scheme, destination, name) {
    super('RAG_POOL_AGENT_REQUEST', { requireManualDestroy: true })
    this.#agent = agent
    this.#source = source
    this.#req = req
    this.#asked = asked
    this.#scheme = scheme
    this.#destination = destination
    this.#name = name
  }

  start () {
    const source = this.#source
    const req = this.#req
    const refusal = source.refusal()
    if (refusal !== null) return this.#refuse(refusal)
    source.flights.begin()
    const lease = this.#lease = new RawLease(source.ring, this.#destination, isIdempotent(req), this, source.flights.standing)
    if (lease.standing === Standing.QUEUED) return this.#queue()
    if (lease.standing === Standing.REFUSED) return
    this.#assign(lease.standing)
  }

  #queue () {
    list(this.#agent.requests, this.#name, this.#req)
    this.#unheard = whenGivenUp(this.#req, () => {
      this.#lease?.abort()
      // Node tells of its end now, as when its turn would have come.
      this.#refuse(undefined)
    })
  }

  /**
   * Gives the request its socket.
   * @param {number} standing
   * @param {boolean} [isThere] its connection, as far as the request is to see
   */
  #assign (standing, isThere = standing !== Standing.DIALLING) {
    const lease = /** @type {RawLease} */ (this.#lease)
    const parked = this.#parked(standing)
    const socket = this.#socket = parked ?? newSocket(this.#scheme, this.#agent)
    // One that was parked went to the same place.
    if (parked === undefined) {
      socket.host = String(this.#asked.host ?? 'localhost')
      socket.port = this.#asked.port
    }
    if (this.#scheme === 'https') socket.asked = this.#asked.servername
    socket.carriage = this
    socket.begin(lease, isThere)
    if (standing === Standing.REUSED) this.#req.reusedSocket = true
    list(this.#agent.sockets, this.#name, socket)
    socket.setTimeout(this.#req.timeout ?? this.#agent.options.timeout ?? 0)
    this.#req.onSocket(socket)
    if (standing === Standing.FRESH && !isThere) this.#connect(socket)
  }

  /**
   * The connection was made while its request waited, which sees it come to be as any other, once it listens.
   * @param {VirtualSocket} socket
   */
  #connect (socket) {
    this.#isConnecting = true
    setImmediate(() => {
      this.#isConnecting = false
      this.#run(() => socket.connected())
    })
  }

  /**
   * A parked socket, for a connection that has served before. A dial means that nothing is idle, so that what is parked
   * stands for nothing any more.
   * @param {number} standing
   * @returns {VirtualSocket | undefined}
   */
  #parked (standing) {
    const parked = this.#agent.freeSockets[this.#name]
    if (parked === undefined) return undefined
    if (standing === Standing.REUSED) return this.#source.parked.take(this.#agent, this.#name)
    if (standing === Standing.DIALLING) {
      delete this.#agent.freeSockets[this.#name]
      for (const socket of parked) socket.destroy()
    }
    return undefined
  }

  /** The options of its request, as the agent merged them. */
  get options () { return this.#asked.whole }

  /** The reply is read and the request written: the socket asks to be let go. */
  freed () {
    const socket = /** @type {VirtualSocket} */ (this.#socket)
    this.#isFreed = true
    if (this.#isConnecting) return this.#leave(socket)
    // The last bytes of a request may still be on their way though its reply is there.
    socket.whenTaken(() => this.#giveBack(socket))
  }

  /** Given up before it had its socket, it has used nothing. @param {VirtualSocket} socket */
  #leave (socket) {
    socket.release(this.#agent.keepAlive, undefined)
    socket.destroy()
  }

  /** @param {VirtualSocket} socket */
  #giveBack (socket) {
    if (socket.destroyed) return
    const { keep, hintMs } = verdictOf(socket, this.#agent.keepAlive && !this.#surplus, this.#lease?.written ?? 0)
    const parked = this.#agent.freeSockets[this.#name] ?? []
    const kept = socket.release(keep, hintMs)
    // As with Node, what is not kept is in use until it has closed.
    if (!kept || parked.length >= this.#agent.maxFreeSockets) return socket.destroy()
    unlist(this.#agent.sockets, this.#name, socket)
    socket.setTimeout(0)
    const free = /** @type {any} */ (socket)
    free._httpMessage = null
    // As with Node it says the agent's; what ends it is the pool.
    free.timeout = this.#agent.options.timeout
    this.#source.parked.add(this.#agent, this.#name, socket)
  }

  /** Its socket is destroyed. If that was free, so is a connection: who ends what is free finds it ended. */
  dropped () {
    const isFree = this.#agent.freeSockets[this.#name]?.includes(this.#socket) === true
    if (isFree && !this.#source.isDestroyed()) this.#source.closeIdle(this.#scheme, this.#asked)
  }

  closed () {
    unlist(this.#agent.sockets, this.#name, this.#socket)
    this.unpark()
  }

  /** Its socket, if it is parked, stands for a connection no more. */
  unpark () { this.#source.parked.remove(this.#agent, this.#name, this.#socket) }

  /** Upgraded, or a tunnel: it is the request's own from now on. */
  detached () {
    // To its agent it is gone.
    this.closed()
    this.#socket?.detach()
    this.#land()
  }

  /** @param {Error | undefined} error none of its own, where its caller had given it up */
  #refuse (error) {
    this.#unheard()
    unlist(this.#agent.requests, this.#name, this.#req)
    this.#req.onSocket(null, error)
  }

  /** @param {boolean} reused */
  onLeased (reused) {
    if (this.#socket === null) {
      unlist(this.#agent.requests, this.#name, this.#req)
      this.#unheard()
      this.#run(() => this.#assign(reused ? Standing.REUSED : Standing.FRESH, reused))
    } else {
      this.#run(() => this.#socket?.connected())
    }
  }

  onMoved () { this.#socket?.replaced() }

  /** @param {string[]} addresses */
  onFound (addresses) { this.#run(() => this.#socket?.found(addresses)) }

  /** @param {import('../ring/raw-lease').Ends} ends */
  onReached (ends) { this.#run(() => this.#socket?.reached(ends)) }

  /** @param {Buffer} chunk */
  onData (chunk) {
    if (this.#isConnecting) return this.#onEarly(chunk)
    // Whoever had the connection next would take them for his.
    if (this.#req.res?.complete === true) this.#surplus = true
    this.#run(() => this.#socket?.onData(chunk))
  }

  /** Its peer speaks first. @param {Buffer} chunk */
  #onEarly (chunk) {
    setImmediate(() => { if (this.#lease?.isOver === false) this.onData(chunk) })
  }

  onTaken () {
    const socket = this.#socket
    if (socket?.isAwaited === true) this.#run(() => socket.onTaken())
    else socket?.onTaken()
  }

  /** What the exchange comes to whose socket goes before it was let go, as the engine is told. */
  cameTo () { return this.#outcome.cameTo(this.#req) }

  get #known () {
    const { host = 'localhost', port } = this.#asked
    return { origin: `${this.#scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`, written: this.#lease?.written ?? 0 }
  }

  onPeerEnd () {
    this.#outcome.watch(this.#req)
    // What came before it, though in the same turn, is dealt with before it.
    setImmediate(() => this.#run(() => this.#socket?.onPeerEnd()))
  }

  /** @param {import('../errors').Failure} failure */
  onFail (failure) {
    // As before an end: a reply that came whole is whole.
    if (this.#socket === null || (this.#socket.connecting && !this.#isConnecting)) this.#fail(failure)
    else setImmediate(() => this.#fail(failure))
  }

  /** @param {import('../errors').Failure} failure */
  #fail (failure) {
    // Who has the whole reply, and has given all of his request, wants no error of what became of either on the wire; who still
    // writes would wait without one. What had landed before is an upgraded connection, and no exchange any more.
    const { res, writableEnded } = this.#req
    const isParted = this.#landed
    // Of such a connection the end of its pool is no fault: it closes, as all that is the pool's.
    const isOver = this.#isFreed || (isParted ? failure.code === 'ERR_POOL_DESTROYED' : res?.complete === true && writableEnded)
    const error = failure.thrown ?? new PoolError(failure)
    this.#run(() => {
      if (isOver) this.#socket?.destroy()
      else if (this.#socket === null) this.#refuse(error)
      else this.#socket.onFail(error, failure.phase)
    })
    this.emitDestroy()
    this.#land()
    // Last, since a listener may throw. What becomes of a connection that has left the pool is no failure of a request's.
    if (!isOver && !isParted) this.#tellFailure(error)
  }

  /** @param {Error} error */
  #tellFailure (error) { this.#run(() => this.#source.events.failed(error)) }

  #land () {
    if (this.#landed) return
    this.#landed = true
    this.#source.flights.end()
  }

  onClosed () {
    this.emitDestroy()
    this.#land()
    this.#outcome.closed()
  }

  /** @param {Error} error */
  #tellSpoiled (error) {
    if (this.#source.events.hearsFailures) this.#tellFailure(error)
  }

  /** What a listener throws is thrown on its own, as the request's. @param {() => void} act */
  #run (act) {
    this.runInAsyncScope(attempt, undefined, act)
  }
}

module.exports = { Carriage }
