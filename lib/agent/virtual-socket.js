'use strict'

const { Duplex } = require('node:stream')

/** What is known of no connection. */
const NOTHING = Object.freeze({
  local: undefined, remote: undefined, alpn: null, version: null, cipher: null, resumed: false, authorizationError: null, certificates: []
})

/** Bytes that may be on their way to the kernel while the writer is told that they are written. */
const WINDOW = 64 * 1024

/**
 * What a request is handed as its socket: a stream with the face of `net.Socket` that holds a
 * lease on a connection of the pool for one exchange at a time. Between two it is parked and owns nothing.
 */
class VirtualSocket extends Duplex {
  /** @type {import('../ring/raw-lease').RawLease | null} */ #lease = null
  /** @type {(() => void) | null} */ #writing = null
  /** @type {(() => void) | null} */ #finishing = null
  /** @type {NodeJS.Timeout | null} */ #timer = null
  /** The last face known: it holds after the end, and until the next is known. @type {any} */ #face = null
  #faceIsOld = true
  #unread = 0

  constructor () {
    super({ allowHalfOpen: false, autoDestroy: true, emitClose: true })
    this.connecting = true
    this.timeout = 0
    this.bytesRead = 0
    this.bytesWritten = 0
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
    this.#touch()
    this.emit('connect')
    this.emit('ready')
  }

  /**
   * Ends the exchange.
   * @param {boolean} keep whether the connection may be used again
   * @param {number | undefined} hintMs what the reply's `Keep-Alive` said
   * @returns {boolean} whether it is kept
   */
  release (keep, hintMs) {
    this.#known()
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
    this.#touch()
    if (this.push(chunk)) this.#lease?.credit(chunk.length)
    else this.#unread += chunk.length
  }

  onTaken () {
    this.#touch()
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
  }

  onPeerEnd () {
    this.push(null)
    // As a socket does: an end that nobody reads is read.
    if (this.readableLength === 0) this.read(0)
  }

  /** @param {Error} error */
  onFail (error) {
    this.#lease = null
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
   * @param {BufferEncoding} _encoding
   * @param {(error?: Error) => void} done
   * @override
   */
  _write (chunk, _encoding, done) {
    const lease = this.#lease
    if (lease === null) return done(Object.assign(new Error('This socket has been ended'), { code: 'EPIPE' }))
    this.bytesWritten += chunk.length
    this.#touch()
    lease.write(chunk)
    if (lease.outstanding <= WINDOW) return done()
    this.#writing = done
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
    const lease = this.#lease
    if (lease === null) return done()
    lease.end()
    if (lease.outstanding === 0) return done()
    this.#finishing = done
  }

  /**
   * @param {Error | null} error
   * @param {(error: Error | null) => void} done
   * @override
   */
  _destroy (error, done) {
    this.setTimeout(0)
    this.connecting = false
    this.#known()
    this.#lease?.abort()
    this.#lease = null
    done(error)
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
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.timeout = ms
    if (ms > 0 && !this.destroyed) {
      this.#timer = setTimeout(() => this.#timedOut(), ms)
      this.#timer.unref()
      if (listener !== undefined) this.once('timeout', listener)
    } else if (listener !== undefined) {
      this.removeListener('timeout', listener)
    }
    return this
  }

  #timedOut () {
    // As Node: told again and again, as long as nothing moves.
    this.#timer?.refresh()
    this.emit('timeout')
  }

  #touch () {
    this.#timer?.refresh()
  }

  /** @returns {any} */
  #known () {
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

  /** Nothing is to be set: the engine's sockets have it always. */
  setNoDelay () { return this }
  /** The pool's `keepAliveMsecs` holds. */
  setKeepAlive () { return this }
  /** A request in flight holds the process open, and nothing else does. */
  ref () { return this }
  unref () { return this }

  get face () { return this.#known() }
  get pending () { return this.connecting }
  get readyState () {
    if (this.connecting) return 'opening'
    if (this.readable && this.writable) return 'open'
    return this.readable ? 'readOnly' : this.writable ? 'writeOnly' : 'closed'
  }

  get remoteAddress () { return this.face.remote?.address }
  get remotePort () { return this.face.remote?.port }
  get remoteFamily () { return this.face.remote?.family }
  get localAddress () { return this.face.local?.address }
  get localPort () { return this.face.local?.port }
  get localFamily () { return this.face.local?.family }
  address () { return this.face.local ?? {} }
}

module.exports = { VirtualSocket }
