'use strict'

const { AsyncResource } = require('node:async_hooks')
const { isIP } = require('node:net')
const { PoolError } = require('../errors')
const { NOTHING, SocketFace } = require('./socket-face')
const { Stillness } = require('./stillness')

/** Bytes that may be on their way to the kernel while the writer is told that they are written. */
const WINDOW = 64 * 1024

/**
 * What a request is handed as its socket: a stream with the face of `net.Socket`, or of `tls.TLSSocket`, that holds a
 * lease on a connection of the pool for one exchange at a time. Between two it is parked and owns nothing.
 */
class VirtualSocket extends SocketFace {
  /** @type {import('../ring/raw-lease').RawLease | null} */ #lease = null
  /** @type {(() => void) | null} */ #writing = null
  /** @type {(() => void) | null} */ #finishing = null
  /** @type {(() => void) | null} */ #onTaken = null
  #stillness = new Stillness(() => this.emit('timeout'))
  /** The last face known: it holds after the end, and until the next is known. @type {any} */ #face = null
  #faceIsOld = true
  #unread = 0
  #handed = 0
  /** Bytes of the chunk that is being written, of which the stream has not let go. */ #inWrite = 0
  /** What waits for the connection to be there. @type {(() => void) | null} */ #onConnected = null

  constructor () {
    // As a socket does, it tells of its close itself, and whether an error was the cause.
    super({ allowHalfOpen: false, autoDestroy: true, emitClose: false })
    /** The request that it serves, or served last. @type {import('./carriage').Carriage | null} */
    this.carriage = null
  }

  /**
   * Begins an exchange.
   * @param {import('../ring/raw-lease').RawLease} lease
   */
  begin (lease) {
    this.#lease = lease
    this.#faceIsOld = true
    this.#unread = 0
  }

  /** The connection is there. Tells of it as a connecting socket does, if it was one. */
  connected () {
    if (!this.connecting) return
    this.connecting = false
    this.#stillness.broken()
    const { remote } = this.face
    if (isIP(this.host) === 0) this.emit('lookup', null, remote?.address, remote?.family === 'IPv6' ? 6 : 4, this.host)
    this.emit('connect')
    if (!this.encrypted) this.#goOn()
    this.emit('ready')
    if (!this.encrypted) return
    this.emit('secureConnect')
    this.#goOn()
  }

  /** What was written before the connection was there is written. */
  #goOn () {
    const waiting = this.#onConnected
    this.#onConnected = null
    waiting?.()
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
    const clean = this.#writing === null && this.#finishing === null && this.readableLength === 0
    return lease?.release(keep && clean, hintMs) ?? false
  }

  /** The connection leaves the pool: upgraded, or a tunnel. */
  detach () {
    this.#lease?.detach()
  }

  /** @param {Buffer} chunk */
  onData (chunk) {
    this.bytesRead += chunk.length
    this.#stillness.broken()
    if (this.push(chunk)) this.#lease?.credit(chunk.length)
    else this.#unread += chunk.length
  }

  /**
   * Calls back once every byte written is the kernel's; at once, if it is already.
   * @param {() => void} then
   */
  whenTaken (then) {
    if ((this.#lease?.outstanding ?? 0) === 0) then()
    else this.#onTaken = then
  }

  onTaken () {
    this.#stillness.broken()
    const outstanding = this.#lease?.outstanding ?? 0
    if (this.#writing !== null && outstanding <= WINDOW) {
      const done = this.#writing
      this.#writing = null
      done()
    }
    if (this.#finishing !== null && outstanding === 0) {
      const done = this.#finishing
      this.#finishing = null
      done()
    }
    if (this.#onTaken !== null && outstanding === 0) {
      const then = this.#onTaken
      this.#onTaken = null
      then()
    }
  }

  onPeerEnd () {
    this.push(null)
    // As a socket does: an end that nobody reads is read.
    if (this.readableLength === 0) this.read(0)
  }

  /** @param {import('../errors').Failure} failure */
  onFail (failure) {
    this.#lease = null
    const error = new PoolError(failure)
    if (failure.phase === 'dns') this.emit('lookup', error, undefined, undefined, this.host)
    this.destroy(error)
  }

  /** @override */
  _read () {
    if (this.#unread === 0) return
    const bytes = this.#unread
    this.#unread = 0
    this.#lease?.credit(bytes)
  }

  /**
   * @param {Buffer} chunk
   * @param {BufferEncoding} encoding
   * @param {(error?: Error) => void} done
   * @override
   */
  _write (chunk, encoding, done) {
    if (this.connecting) {
      this.#onConnected = () => this._write(chunk, encoding, done)
      return
    }
    const lease = this.#lease
    if (lease === null) return done(Object.assign(new Error('This socket has been ended'), { code: 'EPIPE' }))
    this.#handed += chunk.length
    this.#stillness.broken()
    lease.write(chunk)
    if (lease.outstanding <= WINDOW) return done()
    this.#inWrite = chunk.length
    this.#writing = () => {
      this.#inWrite = 0
      done()
    }
  }

  /**
   * @param {Array<{ chunk: Buffer, encoding: BufferEncoding }>} chunks
   * @param {(error?: Error) => void} done
   * @override
   */
  _writev (chunks, done) {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'latin1', done)
  }

  /**
   * @param {(error?: Error) => void} done
   * @override
   */
  _final (done) {
    if (this.connecting) {
      this.#onConnected = () => this._final(done)
      return
    }
    const lease = this.#lease
    if (lease === null) return done()
    lease.end()
    // A half-close is never over in the turn in which it is asked for.
    const finish = AsyncResource.bind(() => setImmediate(done))
    if (lease.outstanding === 0) return void finish()
    this.#finishing = finish
  }

  /**
   * @param {Error | null} error
   * @param {(error: Error | null) => void} done
   * @override
   */
  _destroy (error, done) {
    this.#stillness.watch(0)
    // As a handle, it is closed at the end of the loop's turn.
    const close = () => setImmediate(() => this.emit('close', error !== null))
    this.connecting = false
    this.#onConnected = null
    this.#learn()
    this.#lease?.abort()
    this.#lease = null
    done(error)
    // Whoever destroys it, the close belongs to the request.
    if (this.carriage === null) close()
    else this.carriage.runInAsyncScope(close)
  }

  /** Ends once everything is written. */
  destroySoon () {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', this.destroy)
  }

  /** Ends with a reset. */
  resetAndDestroy () {
    this.#lease?.abort(true)
    return this.destroy()
  }

  /**
   * @param {number} ms
   * @param {() => void} [listener]
   */
  setTimeout (ms, listener) {
    this.timeout = ms
    this.#stillness.watch(this.destroyed ? 0 : ms)
    if (listener !== undefined) {
      if (ms > 0) this.once('timeout', listener)
      else this.removeListener('timeout', listener)
    }
    return this
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
        this.#faceIsOld = false
      }
    }
    return this.#face ?? NOTHING
  }

  /** What was handed over and what waits for it. */
  get bytesWritten () { return this.#handed + this.writableLength - this.#inWrite }
}

module.exports = { VirtualSocket }
