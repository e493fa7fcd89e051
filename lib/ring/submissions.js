'use strict'

const { nextTick } = require('../event-loop')
const { HEADER_WORDS, Submission } = require('./records')

const REQUEST_WORDS = HEADER_WORDS + Submission.REQUEST_WORDS
const TIMEOUTS = Submission.REQUEST_WORDS - 2

/** A request body up to this many bytes travels in the record itself; a larger one is attached. */
const LONGEST_INLINE = 16 * 1024

/**
 * The engine's side of a submission.
 * @typedef {object} Doorbell
 * @property {(length: number, begun: number) => void} submit  `length` bytes of the slab, `begun` new requests
 * @property {(handle: number, bytes: Uint8Array) => void} attach
 * @property {(standing: number) => void} stand  so many of what is in flight hold no process open
 */

/**
 * Writes the submission slab. What one tick submits crosses together when its microtasks are through, with
 * one wake of the engine, or earlier if the slab is full.
 */
class Submissions {
  /** @type {Uint32Array} */ #words
  /** @type {Buffer} */ #bytes
  /** @type {Doorbell} */ #doorbell
  #at = 0 // in words
  #begun = 0
  #due = false
  #standing = 0
  #flush = () => { this.flush() }

  /**
   * @param {ArrayBuffer} slab
   * @param {Doorbell} doorbell
   */
  constructor (slab, doorbell) {
    this.#words = new Uint32Array(slab)
    this.#bytes = Buffer.from(slab)
    this.#doorbell = doorbell
  }

  /** Sends what has been written. */
  flush () {
    this.#due = false
    if (this.#at === 0) return
    const length = this.#at << 2
    const begun = this.#begun
    this.#at = 0
    this.#begun = 0
    this.#doorbell.submit(length, begun)
  }

  /**
   * So many more of what is in flight, or less, go on only by their consumers.
   * @param {number} by
   */
  stand (by) {
    this.#standing += by
    this.#doorbell.stand(this.#standing)
  }

  /** Characters of the longest head that the slab holds. */
  get longestHead () {
    return this.#words.byteLength - (REQUEST_WORDS << 2) - 3
  }

  /**
   * @param {number} handle
   * @param {number} origin
   * @param {string} head no longer than `longestHead`: `METHOD\ntarget\nname\nvalue…`, latin1
   * @param {string | Uint8Array | null} body  a string goes out as UTF-8
   * @param {number} flags
   * @param {number | undefined} streamLength the length of a streamed body, where it is known; 0 without one
   * @param {readonly number[] | undefined} timeouts six, in ms, or POOLS_OWN
   */
  request (handle, origin, head, body, flags, streamLength, timeouts) {
    const most = head.length + (body === null ? 0 : 3 * body.length)
    const attached = body !== null && (most > LONGEST_INLINE || !this.#fits(REQUEST_WORDS, most))
    if (attached) {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body
      this.#doorbell.attach(handle, bytes)
    }
    const at = this.#begin(Submission.REQUEST, handle, REQUEST_WORDS, attached || body === null ? head.length : most)
    const words = this.#words
    let end = (at + REQUEST_WORDS) << 2
    end += this.#bytes.latin1Write(head, end, head.length)
    let size = streamLength ?? Submission.UNKNOWN_LENGTH
    if (attached) {
      flags |= Submission.BODY_ATTACHED
      size = 0
    } else if (body !== null) {
      flags |= Submission.BODY_INLINE
      size = this.#put(body, end)
      end += size
    }
    words[at + 3] = origin
    words[at + 4] = head.length
    words[at + 5] = size
    words[at + 6] = flags
    for (let i = 0; i < TIMEOUTS; i++) words[at + 7 + i] = timeouts === undefined ? Submission.POOLS_OWN : /** @type {number} */ (timeouts[i])
    words[at + 7 + TIMEOUTS] = streamLength === undefined ? Submission.UNKNOWN_LENGTH : size / 2 ** 32
    this.#begun++
    this.#end(at, end)
  }

  /**
   * A record without payload.
   * @param {number} kind
   * @param {number} handle
   * @param {number} [argument]
   * @param {number} [second]
   */
  note (kind, handle, argument = 0, second = 0) {
    const at = this.#begin(kind, handle, HEADER_WORDS, 0)
    this.#words[at + 3] = argument
    this.#words[at + 4] = second
    this.#words[at + 5] = 0
    this.#end(at, (at + HEADER_WORDS) << 2)
  }

  /**
   * Opens connections ahead of their use.
   * @param {number} handle
   * @param {number} origin
   * @param {number} open how many are to be
   */
  preconnect (handle, origin, open) {
    this.note(Submission.PRECONNECT, handle, origin, open)
  }

  /**
   * Bytes for a raw lease.
   * @param {number} handle
   * @param {(Uint8Array | string)[]} pieces  text is of one byte a character
   * @param {number} bytes in all of them
   * @returns {boolean} false when they are too many for a record and have to be pushed
   */
  raw (handle, pieces, bytes) {
    if (bytes > LONGEST_INLINE) return false
    const at = this.#begin(Submission.RAW_WRITE, handle, HEADER_WORDS, bytes)
    if (at < 0) return false
    this.#words[at + 3] = bytes
    this.#words[at + 4] = 0
    this.#words[at + 5] = 0
    let end = (at + HEADER_WORDS) << 2
    for (const piece of pieces) {
      if (typeof piece === 'string') this.#bytes.latin1Write(piece, end, piece.length)
      else this.#bytes.set(piece, end)
      end += piece.length
    }
    this.#end(at, end)
    return true
  }

  /**
   * @param {number} number
   * @param {number} pool
   * @param {string} text `scheme\nhost\nport`, ASCII
   * @param {number} [section] which of the pool's sections it is under; 0: its own
   */
  origin (number, pool, text, section = 0) {
    const at = this.#begin(Submission.ORIGIN, number, HEADER_WORDS, text.length)
    if (at < 0) throw new RangeError('The host name is larger than the submission slab')
    const start = (at + HEADER_WORDS) << 2
    this.#words[at + 3] = pool
    this.#words[at + 4] = text.length
    this.#words[at + 5] = section
    this.#end(at, start + this.#bytes.latin1Write(text, start, text.length))
  }

  /**
   * @param {string | Uint8Array} body
   * @param {number} at byte
   * @returns {number} bytes written
   */
  #put (body, at) {
    if (typeof body === 'string') return this.#bytes.utf8Write(body, at)
    this.#bytes.set(body, at)
    return body.length
  }

  /**
   * @param {number} words
   * @param {number} bytes
   */
  #fits (words, bytes) {
    return ((words << 2) + bytes + 3) <= this.#words.byteLength
  }

  /**
   * @param {number} kind
   * @param {number} handle
   * @param {number} words
   * @param {number} bytes at most
   * @returns {number} the record's first word, or −1 when no slab of this size holds it
   */
  #begin (kind, handle, words, bytes) {
    if (!this.#fits(words, bytes)) return -1
    if (((this.#at + words) << 2) + bytes + 3 > this.#words.byteLength) this.flush()
    const at = this.#at
    this.#words[at] = kind
    this.#words[at + 1] = handle
    return at
  }

  /**
   * @param {number} at word
   * @param {number} end byte
   */
  #end (at, end) {
    const next = (end + 3) >>> 2
    this.#words[at + 2] = (next - at) << 2
    this.#at = next
    if (this.#due) return
    this.#due = true
    // Behind all microtasks of this turn: a batch of completions makes its callers' next requests there.
    nextTick(this.#flush)
  }
}

module.exports = { Submissions }
