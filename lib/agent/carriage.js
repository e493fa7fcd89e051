'use strict'

const { AsyncResource } = require('node:async_hooks')
const { PoolError } = require('../errors')
const { RawLease, Standing } = require('../ring/raw-lease')
const { VirtualSocket } = require('./virtual-socket')
const { VirtualTlsSocket } = require('./virtual-tls-socket')

/** Methods of which a second sending does what the first does (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY'])

/**
 * A pool, as far as its agents need it.
 * @typedef {object} Source
 * @property {any} config
 * @property {import('../native').RingType} ring
 * @property {(scheme: 'http' | 'https', options: any) => number | null} destination the number of where a request goes, for a raw
 *   lease; null: only Node can make such a connection
 * @property {(options: any) => number | null} bareDestination as `destination`, for TLS that Node speaks itself
 * @property {() => boolean} isDestroyed
 */

/** One request of an agent on its way. */
class Carriage extends AsyncResource {
  /** @type {any} */ #agent
  /** @type {Source} */ #source
  /** @type {any} */ #req
  /** @type {any} */ #options
  /** @type {'http' | 'https'} */ #scheme
  /** @type {number} */ #destination
  /** @type {string} */ #name
  /** @type {VirtualSocket | null} */ #socket = null
  /** @type {RawLease | null} */ #lease = null
  /** Takes the listeners off the socket. @type {() => void} */ #forget = () => {}
  /** Bytes came behind the reply. */ #surplus = false

  /**
   * @param {any} agent
   * @param {Source} source
   * @param {any} req
   * @param {any} options
   * @param {'http' | 'https'} scheme
   * @param {number} destination
   */
  constructor (agent, source, req, options, scheme, destination) {
    super('RAG_POOL_AGENT_REQUEST', { requireManualDestroy: true })
    this.#agent = agent
    this.#source = source
    this.#req = req
    this.#options = options
    this.#scheme = scheme
    this.#destination = destination
    this.#name = agent.getName(options)
  }

  start () {
    const source = this.#source
    const req = this.#req
    if (source.isDestroyed()) {
      return this.#refuse(new PoolError({ code: 'ERR_POOL_DESTROYED', phase: 'queue', message: 'the pool is destroyed' }))
    }
    const idempotent = IDEMPOTENT.has(req.method) || req.getHeader('idempotency-key') !== undefined
    const lease = this.#lease = new RawLease(source.ring, this.#destination, idempotent, this)
    if (lease.standing === Standing.QUEUED) return list(this.#agent.requests, this.#name, req)
    if (lease.standing === Standing.REFUSED) return
    this.#assign(lease.standing)
  }

  /**
   * Gives the request its socket.
   * @param {number} standing
   */
  #assign (standing) {
    const lease = /** @type {RawLease} */ (this.#lease)
    const socket = this.#socket = this.#parked(standing) ?? (this.#scheme === 'https' ? new VirtualTlsSocket() : new VirtualSocket())
    socket.begin(lease)
    if (standing === Standing.REUSED) this.#req.reusedSocket = true
    list(this.#agent.sockets, this.#name, socket)
    const onFree = () => this.#freed()
    const onClose = () => this.#closed()
    const onDetach = () => this.#detached()
    socket.on('free', onFree).on('close', onClose).on('agentRemove', onDetach)
    this.#forget = () => socket.off('free', onFree).off('close', onClose).off('agentRemove', onDetach)
    if (standing !== Standing.DIALLING) socket.connecting = false
    const { timeout } = this.#options
    socket.setTimeout(this.#req.timeout ?? timeout ?? 0)
    this.#req.onSocket(socket)
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
    if (standing === Standing.REUSED) {
      const socket = this.#agent.options.scheduling === 'fifo' ? parked.shift() : parked.pop()
      if (parked.length === 0) delete this.#agent.freeSockets[this.#name]
      return socket
    }
    delete this.#agent.freeSockets[this.#name]
    for (const socket of parked) socket.destroy()
    return undefined
  }

  /** The reply is read and the request written: the socket asks to be let go. */
  #freed () {
    const socket = /** @type {VirtualSocket} */ (this.#socket)
    const message = /** @type {any} */ (socket)._httpMessage ?? this.#req
    const keep = !this.#surplus && message.shouldKeepAlive !== false && socket.writable && this.#agent.keepAlive
    const hint = /^timeout=(\d+)/.exec(String(message.res?.headers['keep-alive'] ?? ''))
    const kept = socket.release(keep, hint === null ? undefined : Number(hint[1]) * 1000)
    this.#forget()
    unlist(this.#agent.sockets, this.#name, socket)
    if (!kept) return socket.destroy()
    socket.setTimeout(0)
    Object.assign(socket, { _httpMessage: null })
    const parked = (this.#agent.freeSockets[this.#name] ??= [])
    if (parked.length >= this.#agent.maxFreeSockets) return socket.destroy()
    parked.push(socket)
  }

  #closed () {
    this.#forget()
    unlist(this.#agent.sockets, this.#name, this.#socket)
  }

  /** Upgraded, or a tunnel: it is the request's own from now on. */
  #detached () {
    this.#forget()
    unlist(this.#agent.sockets, this.#name, this.#socket)
    this.#socket?.detach()
  }

  /** @param {Error} error */
  #refuse (error) {
    unlist(this.#agent.requests, this.#name, this.#req)
    this.#req.onSocket(null, error)
  }

  /** @param {boolean} reused */
  onLeased (reused) {
    if (this.#socket === null) {
      unlist(this.#agent.requests, this.#name, this.#req)
      this.runInAsyncScope(() => this.#assign(reused ? Standing.REUSED : Standing.FRESH))
    } else {
      this.runInAsyncScope(() => this.#socket?.connected())
    }
  }

  /** @param {Buffer} chunk */
  onData (chunk) {
    // Whoever had the connection next would take them for his.
    if (this.#req.res?.complete === true) this.#surplus = true
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
    this.runInAsyncScope(() => {
      const error = this.#source.ring.users.thrownOf(failure) ?? new PoolError(failure)
      if (this.#socket === null) this.#refuse(error)
      else this.#socket.onFail(error)
    })
    this.emitDestroy()
  }

  onClosed () {
    this.emitDestroy()
  }
}

/**
 * @param {Record<string, unknown[]>} lists
 * @param {string} name
 * @param {unknown} item
 */
function list (lists, name, item) {
  (lists[name] ??= []).push(item)
}

/**
 * @param {Record<string, unknown[]>} lists
 * @param {string} name
 * @param {unknown} item
 */
function unlist (lists, name, item) {
  const items = lists[name]
  const at = items?.indexOf(item) ?? -1
  if (items === undefined || at < 0) return
  items.splice(at, 1)
  if (items.length === 0) delete lists[name]
}

module.exports = { Carriage }
