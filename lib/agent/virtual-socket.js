'use strict'

const { AsyncResource } = require('node:async_hooks')
const { setImmediate } = require('../event-loop')
const { Acknowledgement } = require('./acknowledgement')
const { LookedUp } = require('./looked-up')
const { pieceOf } = require('./piece')
const { NOTHING, SocketFace } = require('./socket-face')

/**
 * What a request is handed as its socket: a stream with the face of `net.Socket`, or of `tls.TLSSocket`, that holds a
 * lease on a connection of the pool for one exchange at a time. Between two it is parked and owns nothing.
 */
class VirtualSocket extends SocketFace {
  /** @type {import('../ring/raw-lease').RawLease | null} */ #lease = null
  #acknowledgement = new Acknowledgement()
  #lookedUp = new LookedUp()
  /** The last face known: it holds after the end, and until the next is known. @type {any} */ #face = null
  #faceIsOld = true
  /** Whose face it is. */ #known = 0
  #unread = 0
  #handed = 0
  /** Whether bytes can be handed over. */ #isThere = false
  /** What waits for that, and how it is told that it waits in vain. @type {{ go: () => void, refuse: (error?: Error) => void } | null} */ #held = null

  /** @param {boolean} [allowHalfOpen] whether its own side stays open behind its peer's end */
  constructor (allowHalfOpen = false) {
    // As a socket does, it tells of its close itself, and whether an error was the cause.
    super({ allowHalfOpen, autoDestroy: true, emitClose: false, decodeStrings: false })
  }

  /**
   * Begins an exchange.
   * @param {import('../ring/raw-lease').RawLease} lease
   * @param {boolean} isThere its connection is, as against being dialled
   */
  begin (lease, isThere) {
    this.#lease = lease
    this.#isThere = isThere
    this.connecting = !isThere
    this.#lookedUp.begin()
    this.#faceIsOld = lease.connection === 0 || lease.connection !== this.#known
    this.#unread = 0
  }

  /** @param {string[]} addresses of its host */
  found (addresses) { this.#lookedUp.found(this, addresses) }

  /** TCP is through; the handshake is yet to come. @param {import('../ring/raw-lease').Ends} ends */
  reached (ends) {
    if (!this.connecting) return
    this.#face ??= { ...NOTHING, ...ends }
    this.#open()
  }

  /** Its request goes out once more, on another connection. */
  replaced () { this.#faceIsOld = true }

  /** The connection is there. Tells of it as a connecting socket does, if it was one. */
  connected () {
    if (this.#isThere) return
    if (this.connecting) this.#open()
    if (this.encrypted && !this.destroyed) this.#tell('secureConnect')
  }

  #open () {
    this.#lookedUp.open(this, this.face.remote)
    this.connecting = false
    this.moved()
    if (this.encrypted) this.emit('connect')
    else this.#tell('connect')
    this.emit('ready')
  }

  /**
   * Tells of the last step, from which on bytes flow, whatever a listener does.
   * @param {string} event
   */
  #tell (event) {
    this.#isThere = true
    try {
      this.emit(event)
    } finally {
      const held = this.#held
      this.#held = null
      held?.go()
    }
  }

  /**
   * Ends the exchange.
   * @param {boolean} keep whether the connection may be used again
   * @param {number | undefined} hintMs what the reply's `Keep-Alive` said
   * @returns {boolean} whether it is kept
   */
  release (keep, hintMs) {
    this.#learn()
    const lease = this.#lease
    this.#lease = null
    this.hearNoDrains()
    const clean = !this.#acknowledgement.isOwed && this.readableLength === 0
    this.#acknowledgement.end()
    const kept = lease?.release(keep && clean, hintMs) ?? false
    // Given up while it was dialled, it has used nothing, and the dial goes on.
    return this.connecting ? keep : kept
  }

  /** The connection leaves the pool: upgraded, or a tunnel. */
  detach () { this.#lease?.detach() }

  /** @param {Buffer} chunk */
  onData (chunk) {
    this.bytesRead += chunk.length
    this.moved()
    if (this.push(chunk)) this.#lease?.credit(chunk.length)
    else this.#unread += chunk.length
  }

  /**
   * Calls back once every byte written is the kernel's; at once, if it is already.
   * @param {() => void} then
   */
  whenTaken (then) { this.#acknowledgement.whenTaken(this.#outstanding, then) }

  /** Somebody hears of it when bytes are taken. */
  get isAwaited () { return this.#acknowledgement.isAwaited }

  onTaken () {
    this.moved()
    if (this.isAnswered) this.hearDrains()
    this.#acknowledgement.onTaken(this.#outstanding, this.#lease?.written ?? 0)
  }

  get #outstanding () { return this.#lease?.outstanding ?? 0 }

  onPeerEnd () {
    this.push(null)
    // As a socket does: an end that nobody reads is read.
    if (this.readableLength === 0) this.read(0)
  }

  /**
   * @param {any} error
   * @param {string} [phase] in which it failed, which an error of the user's own does not say
   */
  onFail (error, phase = error.phase) {
    this.#lease = null
    if (this.connecting) this.#lookedUp.failed(this, error, phase)
    this.failed(error)
  }

  /** @param {Error} error */
  failed (error) { this.destroy(error) }

  /** @override */
  _read () {
    if (this.#unread === 0) return
    const bytes = this.#unread
    this.#unread = 0
    this.#lease?.credit(bytes)
  }

  /**
   * @param {Buffer | string} chunk
   * @param {BufferEncoding} encoding
   * @param {(error?: Error) => void} done
   * @override
   */
  _write (chunk, encoding, done) { this.#send([pieceOf(chunk, encoding)], done) }

  /**
   * @param {Array<{ chunk: Buffer | string, encoding: BufferEncoding }>} chunks
   * @param {(error?: Error) => void} done
   * @override
   */
  _writev (chunks, done) { this.#send(chunks.map(({ chunk, encoding }) => pieceOf(chunk, encoding)), done) }

  /**
   * @param {import('../ring/raw-lease').Piece[]} pieces
   * @param {(error?: Error) => void} done
   */
  #send (pieces, done) {
    let bytes = 0
    for (const piece of pieces) bytes += piece.length
    this.#handed += bytes
    if (this.#isThere) return this.#hand(pieces, bytes, done)
    this.#held = { go: () => this.#hand(pieces, bytes, done), refuse: done }
  }

  /**
   * @param {import('../ring/raw-lease').Piece[]} pieces
   * @param {number} bytes
   * @param {(error?: Error) => void} done
   */
  #hand (pieces, bytes, done) {
    const lease = this.#lease
    if (lease === null) return done(Object.assign(new Error('This socket has been ended'), { code: 'EPIPE' }))
    this.moved()
    lease.write(pieces, bytes)
    if (this.isAnswered) this.hearDrains()
    this.#acknowledgement.write(lease.outstanding, done)
  }

  /**
   * @param {(error?: Error) => void} done
   * @override
   */
  _final (done) {
    if (!this.#isThere) {
      this.#held = { go: () => this._final(done), refuse () {} }
      return
    }
    const lease = this.#lease
    if (lease === null) {
      // Parked, or let go: there is no peer whose end would answer this one.
      setImmediate(() => this.destroy())
      return done()
    }
    lease.end()
    // A half-close is never over in the turn in which it is asked for.
    const finish = AsyncResource.bind(() => setImmediate(done))
    this.#acknowledgement.finish(lease.outstanding, finish)
  }

  /**
   * @param {Error | null} error
   * @param {(error: Error | null) => void} done
   * @override
   */
  _destroy (error, done) {
    this.watchNoMore()
    this.#acknowledgement.end()
    const isOpen = !this.connecting
    this.connecting = false
    this.#learn()
    this.#lease?.abort(this.carriage?.cameTo() ?? 0)
    this.#lease = null
    this.carriage?.dropped()
    done(error)
    // As a handle, it is closed at the end of the loop's turn.
    const close = () => setImmediate(() => {
      if (isOpen) this.#takeBack()
      this.emit('close', error !== null)
      this.#refuse()
    })
    this.within(close)
  }

  /** What waits for the kernel or a handshake waits no more. */
  #takeBack () {
    this.#acknowledgement.takeBack()
    this.#held?.refuse()
    this.#held = null
  }

  /** What waits for the connection hears that there will be none. */
  #refuse () {
    this.#held?.refuse(Object.assign(new Error('Socket closed before the connection was established'), { code: 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION' }))
    this.#held = null
  }

  /** Ends once everything is written. */
  destroySoon () {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', this.destroy)
  }

  /** Ends with a reset. */
  resetAndDestroy () {
    this.#lease?.abort(0, true)
    return this.destroy()
  }

  /** @returns {any} @override */
  get face () { return this.#learn() }

  /** @returns {any} */
  #learn () {
    if (this.#faceIsOld) {
      // The engine knows it a moment after it has granted a connection.
      const fresh = this.#lease?.face() ?? null
      if (fresh !== null) {
        this.#face = fresh
        this.#known = this.#lease?.connection ?? 0
        this.#faceIsOld = false
      }
    }
    return this.#face ?? NOTHING
  }

  /** What was handed over and what waits for it. */
  get bytesWritten () {
    let bytes = this.#handed
    for (const { chunk, encoding } of /** @type {any} */ (this).writableBuffer) bytes += pieceOf(chunk, encoding).length
    return bytes
  }
}

module.exports = { VirtualSocket }
