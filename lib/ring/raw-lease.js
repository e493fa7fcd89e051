'use strict'

const { Submission } = require('./records')
const { Unread } = require('./unread')

/** How a lease stands that was just asked for. The engine may dial under it later, in place of a connection that has died. */
const Standing = Object.freeze({ FRESH: 0, REUSED: 1, DIALLING: 2, QUEUED: 3, REFUSED: 4 })
/** Beside it the number of the connection is told, in these. */
const CONNECTION = 8

/** What giving back comes to. */
const KEPT = 1
const FREE = 2

/** Bytes read for which no credit was given yet, from which on it is. The engine reads at least four times as many ahead. */
const CREDIT_FROM = 64 * 1024

/** @typedef {Uint8Array | string} Piece  text is of one byte a character */
/** @typedef {{ local: object, remote: object }} Ends the two ends of a connection, as `net.Socket` describes them */

/**
 * Who uses a raw lease. `onFail` or `onClosed` is the last that it hears.
 * @typedef {object} User
 * @property {(reused: boolean) => void} onLeased  not for one that had its connection at once
 * @property {() => void} onMoved  another connection is in place of the one that it had
 * @property {(addresses: string[]) => void} onFound  the name to which is dialled stands for these
 * @property {(ends: Ends) => void} onReached  TCP is through, and TLS begins
 * @property {(chunk: Buffer) => void} onData
 * @property {(bytes: number) => void} onTaken  so many of the written bytes are the kernel's; of a few it is not told that come with bytes of the reply
 * @property {() => void} onPeerEnd
 * @property {(failure: import('../errors').Failure) => void} onFail
 * @property {() => void} onClosed
 */

/** Who hears of a lease that was released. @type {User} */
const NOBODY = Object.freeze({ onLeased () {}, onMoved () {}, onFound () {}, onReached () {}, onData () {}, onTaken () {}, onPeerEnd () {}, onFail () {}, onClosed () {} })

/** Leases have numbers from here on, where no handle is: what is handed over under either goes by the same records. */
const LEASES_FROM = 2 ** 30

/** The number of the lease before; one a thread, whatever the ring. */
let last = 0

/**
 * Not the handle's number, which the next lease has as soon as this one is over: a lease is opened and
 * ended by a call, and what was written under it may still be on its way then, by the slab.
 */
function next () {
  last = (last + 1) % LEASES_FROM
  return LEASES_FROM + last
}

/** One exclusive use of a pooled connection, whose bytes its user writes and understands. */
class RawLease {
  /** @type {import('../native').RingType} */ #ring
  /** @type {User} */ #user
  #number = next()
  /** @type {number} */ #handle
  /** The connection's number; 0: not known yet. @type {number} */ #connection
  #over = false
  #written = 0
  #taken = 0
  #read = 0
  #owed = 0
  #unread

  /**
   * Asks for a connection; `standing` says at once how it stands.
   * @param {import('../native').RingType} ring
   * @param {number} origin named by `ring.nameRaw`
   * @param {boolean} idempotent sending it twice does what sending it once does
   * @param {User} user
   * @param {import('./standing').Standing} standing of its pool
   */
  constructor (ring, origin, idempotent, user, standing) {
    this.#ring = ring
    this.#user = user
    this.#unread = new Unread(standing)
    this.#handle = ring.handles.open(/** @type {any} */ (this))
    const told = ring.leaseRaw(this.#handle, this.#number, origin, idempotent)
    /** @type {number} */
    this.standing = told % CONNECTION
    this.#connection = Math.floor(told / CONNECTION)
  }

  /** Bytes written that the kernel has not taken yet. */
  get outstanding () {
    return this.#written - this.#taken
  }

  /** Bytes written so far. */
  get written () {
    return this.#written
  }

  /** The number of its connection, as far as that is known here; 0: not yet. */
  get connection () {
    return this.#connection
  }

  get isOver () {
    return this.#over
  }

  /**
   * What is written together goes out together: a piece to a record of TLS, and to a segment, would cost more than the copy.
   * @param {Piece[]} pieces
   * @param {number} bytes in all of them
   */
  write (pieces, bytes) {
    if (this.#over || bytes === 0) return
    this.#written += bytes
    this.#unread.weigh(false)
    const { submissions } = this.#ring
    if (submissions.raw(this.#number, pieces, bytes)) return
    submissions.flush()
    this.#ring.pushPieces(this.#number, pieces.map(piece => typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece))
  }

  /** No more bytes come from this side. */
  end () {
    this.#note(Submission.RAW_END)
  }

  /**
   * The user has made room for so many of the bytes that it was given.
   * @param {number} bytes
   */
  credit (bytes) {
    this.#unread.read(bytes)
    this.#owed += bytes
    if (this.#owed < CREDIT_FROM) return
    this.#note(Submission.RAW_CREDIT, this.#owed)
    this.#owed = 0
  }

  /** The connection is the user's own from now on: upgraded, or a tunnel. */
  detach () {
    this.#note(Submission.RAW_DETACH)
  }

  /**
   * The exchange is over.
   * @param {boolean} keep whether the connection may be used again
   * @param {number | undefined} hintMs what the reply's `Keep-Alive` said
   * @returns {boolean} whether it is kept: nothing of the exchange was left on it
   */
  release (keep, hintMs) {
    if (this.#over) return false
    this.#end()
    const told = this.#ring.releaseRaw(this.#number, this.#written, this.#read, keep, hintMs)
    // Else it is with the engine's last record, whenever that comes; the user has heard his last.
    if ((told & FREE) !== 0) this.#ring.handles.settle(this.#handle)
    const user = this.#user
    this.#user = NOBODY
    user.onClosed()
    return (told & KEPT) !== 0
  }

  /**
   * Gives it up, and the connection with it.
   * @param {number} [cameTo] what the exchange came to: `Submission.WHOLE`, `SPOILED`, or 0
   * @param {boolean} [reset] by a reset
   */
  abort (cameTo = 0, reset = false) {
    if (this.#over) return
    this.#ring.submissions.note(Submission.RAW_ABORT, this.#number, reset ? 1 : 0, cameTo)
    this.#end()
  }

  #end () {
    this.#over = true
    this.#unread.end()
  }

  /** What is known of the connection; null while there is none. */
  face () {
    if (this.#over) return null
    if (this.#connection === 0) this.#connection = this.#ring.rawConnection(this.#number)
    return this.#connection === 0 ? null : this.#ring.rawFace(this.#number, this.#connection)
  }

  /**
   * @param {number} kind
   * @param {number} [argument]
   */
  #note (kind, argument) {
    if (!this.#over) this.#ring.submissions.note(kind, this.#number, argument)
  }

  /** @param {boolean} reused */
  onLeased (reused) {
    if (!this.#over) this.#user.onLeased(reused)
  }

  onMoved () {
    this.#connection = 0
    if (!this.#over) this.#user.onMoved()
  }

  /** @param {string[]} addresses */
  onFound (addresses) {
    if (!this.#over) this.#user.onFound(addresses)
  }

  /** @param {Ends} ends */
  onReached (ends) {
    if (!this.#over) this.#user.onReached(ends)
  }

  /**
   * @param {Buffer} chunk
   * @param {number} taken bytes written that the kernel has taken by then; news only to who does not wait for it
   */
  onData (chunk, taken) {
    if (this.#over) return
    this.#taken = Math.max(this.#taken, taken)
    this.#read += chunk.length
    this.#unread.came(chunk.length)
    this.#user.onData(chunk)
    this.#unread.weigh(this.outstanding === 0)
  }

  /** @param {number} bytes */
  onTaken (bytes) {
    this.#taken = Math.max(this.#taken, bytes)
    if (this.#over) return
    this.#user.onTaken(bytes)
    this.#unread.weigh(this.outstanding === 0)
  }

  onPeerEnd () {
    if (!this.#over) this.#user.onPeerEnd()
  }

  /** @param {import('../errors').Failure} failure */
  onFail (failure) {
    // Given up already, it is over as its user wished, whichever end was first.
    if (this.#over) return this.#user.onClosed()
    this.#end()
    this.#user.onFail(failure)
  }

  onClosed () {
    this.#end()
    this.#user.onClosed()
  }
}

module.exports = { RawLease, Standing }
