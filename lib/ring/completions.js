'use strict'

const os = require('node:os')
const { Copies } = require('./copies')
const { HEADER_WORDS, Completion } = require('./records')

/**
 * What a handle stands for on this side. A method may throw: the throw is rethrown on its own and the batch
 * goes on.
 * @typedef {object} Consumer
 * @property {(status: number, head: string, body: string | Buffer) => void} onReply  body as a string is ASCII
 * @property {(status: number, head: string) => void} onHead
 * @property {(chunk: Buffer, taken: number) => void} onData  a raw lease is told how many of its bytes the kernel has taken by then
 * @property {boolean} [takesStores]  his chunks have stores of their own, which whoever gets them may transfer
 * @property {(trailers: string) => void} onEnd
 * @property {(failure: object) => void} onFail
 * @property {(bytes: number) => void} onRoom
 * @property {(reused: boolean) => void} [onLeased]  a raw lease's, as those below
 * @property {() => void} [onMoved]
 * @property {(addresses: string[]) => void} [onFound]
 * @property {(ends: { local: object, remote: object }) => void} [onReached]
 * @property {(bytes: number) => void} [onTaken]
 * @property {() => void} [onPeerEnd]
 * @property {() => void} [onClosed]
 */

/**
 * Who hears of the events of a pool.
 * @typedef {object} Ear
 * @property {(kind: number, first: number, second: number, third: number, text: string) => void} onEvent
 */

/** A body from this many bytes on is copied as bytes even if it is ASCII: past it strings gain nothing. */
const LONGEST_TEXT = 64 * 1024
/** Words cross in the machine's order. */
const LITTLE_ENDIAN = os.endianness() === 'LE'
/** Numbers of an event: how many were lost before it, then its own. */
const FIGURES = 4

/** Bytes of a body that are given room at once. From 128 KiB on glibc has it from the kernel, page by page, each time anew. */
const LARGEST_ROOM = 120 * 1024

/** Reads the completion slab and hands each record to the consumer of its handle. */
class Completions {
  /** @type {Uint32Array} */ #words
  /** @type {Buffer} */ #bytes
  /** @type {DataView} */ #floats
  /** @type {Copies} */ #copies
  /** @type {import('./handles').Handles} */ #handles
  /** @type {(handle: number, place: Buffer, last: boolean) => number} */ #take
  /** @type {(pool: number) => Ear | undefined} */ #earOf
  /** @type {import('./users').Users} */ #users
  /** Heads that came in pieces. @type {Map<number, string>} */ #parts = new Map()

  /**
   * @param {ArrayBuffer} slab
   * @param {import('./handles').Handles} handles
   * @param {(handle: number, place: Buffer, last: boolean) => number} take
   * @param {(pool: number) => Ear | undefined} earOf
   * @param {import('./users').Users} users
   */
  constructor (slab, handles, take, earOf, users) {
    this.#words = new Uint32Array(slab)
    this.#bytes = Buffer.from(slab)
    this.#floats = new DataView(slab)
    this.#copies = new Copies(this.#bytes)
    this.#handles = handles
    this.#take = take
    this.#earOf = earOf
    this.#users = users
  }

  /** @param {number} records how many stand in the slab */
  read (records) {
    const words = this.#words
    this.#copies.begin(this.#endOf(records))
    let at = 0
    for (let left = records; left > 0; left--) {
      try {
        this.#one(at)
      } catch (error) {
        rethrow(error)
      }
      at += /** @type {number} */ (words[at + 2]) >>> 2
    }
  }

  /**
   * @param {number} records
   * @returns {number} in bytes
   */
  #endOf (records) {
    const words = this.#words
    let end = 0
    for (let left = records; left > 0; left--) end += /** @type {number} */ (words[(end >>> 2) + 2])
    return end
  }

  /** @param {number} at index of the record's first word */
  #one (at) {
    const words = this.#words
    const handle = /** @type {number} */ (words[at + 1])
    const first = /** @type {number} */ (words[at + 3])
    const length = /** @type {number} */ (words[at + 4])
    const start = (at + HEADER_WORDS) << 2
    switch (words[at]) {
      case Completion.REPLY:
        return this.#reply(handle, first, start, start + length, /** @type {number} */ (words[at + 5]))
      case Completion.HEAD:
        return this.#handles.get(handle).onHead(first, this.#head(handle, start, length))
      case Completion.PART:
        this.#parts.set(handle, (this.#parts.get(handle) ?? '') + this.#text(start, length))
        return
      case Completion.DATA:
        return this.#data(this.#handles.get(handle), start, length, sum(first, /** @type {number} */ (words[at + 5])))
      case Completion.BULK:
        return this.#bulk(handle, length, sum(first, /** @type {number} */ (words[at + 5])))
      case Completion.END:
        return this.#handles.settle(handle).onEnd(this.#text(start, length))
      case Completion.FAIL:
        this.#parts.delete(handle)
        return this.#handles.settle(handle).onFail(this.#failure(start, length))
      case Completion.ROOM:
        return this.#handles.get(handle).onRoom?.(first)
      case Completion.LEASED:
        return this.#handles.get(handle).onLeased?.(first === 1)
      case Completion.MOVED:
        return this.#handles.get(handle).onMoved?.()
      case Completion.FOUND:
        return this.#handles.get(handle).onFound?.(JSON.parse(this.#bytes.latin1Slice(start, start + length)))
      case Completion.REACHED:
        return this.#handles.get(handle).onReached?.(JSON.parse(this.#bytes.latin1Slice(start, start + length)))
      case Completion.TAKEN:
        return this.#handles.get(handle).onTaken?.(sum(first, length))
      case Completion.PEER_END:
        return this.#handles.get(handle).onPeerEnd?.()
      case Completion.CLOSED:
        return this.#handles.settle(handle).onClosed?.()
      case Completion.ASK:
        return this.#ask(handle, first, length, /** @type {number} */ (words[at + 5]), start)
      case Completion.EVENT:
        return this.#event(handle, first, /** @type {number} */ (words[at + 5]), start)
    }
  }

  /**
   * @param {number} start
   * @param {number} length
   */
  #failure (start, length) {
    const failure = JSON.parse(this.#bytes.utf8Slice(start, start + length) || '{}')
    if (failure.thrown !== undefined) failure.thrown = this.#users.takeThrown(failure.thrown)
    return failure
  }

  /**
   * @param {number} question
   * @param {number} user
   * @param {number} kind
   * @param {number} length
   * @param {number} start
   */
  #ask (question, user, kind, length, start) {
    this.#users.asked(question, user, kind, this.#bytes.utf8Slice(start, start + length))
  }

  /**
   * @param {number} pool
   * @param {number} kind
   * @param {number} length of the text
   * @param {number} start
   */
  #event (pool, kind, length, start) {
    const lost = this.#figure(start, 0)
    if (lost > 0) {
      process.emitWarning(`${lost} events of a pool were not delivered: this thread did not take them for too long`, { type: 'RagPoolWarning', code: 'RAG_POOL_EVENTS_LOST' })
    }
    const text = length === 0 ? '' : this.#text(start + FIGURES * 8, length)
    this.#earOf(pool)?.onEvent(kind, this.#figure(start, 1), this.#figure(start, 2), this.#figure(start, 3), text)
  }

  /**
   * @param {number} start
   * @param {number} index
   */
  #figure (start, index) {
    return this.#floats.getFloat64(start + index * 8, LITTLE_ENDIAN)
  }

  /**
   * @param {number} handle
   * @param {number} status with flags
   * @param {number} start
   * @param {number} middle where the head ends
   * @param {number} size of the body
   */
  #reply (handle, status, start, middle, size) {
    const consumer = this.#handles.settle(handle)
    const code = status & 0xffff
    if (size === 0) return consumer.onReply(code, this.#bytes.latin1Slice(start, middle), '')
    if ((status & Completion.ASCII) !== 0 && size < LONGEST_TEXT) {
      // A latin1 string is the cheapest copy that V8 makes, and of ASCII it is the decoded text as well.
      const both = this.#bytes.latin1Slice(start, middle + size)
      return consumer.onReply(code, both.substring(0, middle - start), both.substring(middle - start))
    }
    consumer.onReply(code, this.#bytes.latin1Slice(start, middle), this.#copies.of(middle, size))
  }

  /**
   * @param {number} handle
   * @param {number} start
   * @param {number} length
   */
  #head (handle, start, length) {
    const text = this.#text(start, length)
    if (this.#parts.size === 0) return text
    const before = this.#parts.get(handle) ?? ''
    this.#parts.delete(handle)
    return before + text
  }

  /**
   * @param {number} handle
   * @param {number} length
   * @param {number} taken
   */
  #bulk (handle, length, taken) {
    // All are his for whom the first is.
    const consumer = this.#handles.get(handle)
    const pieces = []
    for (let left = length; left > 0;) {
      // Bytes that no pool of Buffers holds: user code may transfer or keep them.
      const place = Buffer.allocUnsafeSlow(Math.min(left, LARGEST_ROOM))
      left -= place.length
      const taken = this.#take(handle, place, left === 0)
      pieces.push(taken === place.length ? place : place.subarray(0, taken))
    }
    for (const piece of pieces) {
      try {
        consumer.onData(piece, taken)
      } catch (error) {
        rethrow(error)
      }
    }
  }

  /**
   * @param {number} start
   * @param {number} length
   */
  #text (start, length) {
    return length === 0 ? '' : this.#bytes.latin1Slice(start, start + length)
  }

  /**
   * @param {Consumer} consumer
   * @param {number} start
   * @param {number} length
   * @param {number} taken
   */
  #data (consumer, start, length, taken) {
    if (consumer.takesStores !== true) return consumer.onData(this.#copies.of(start, length), taken)
    const own = Buffer.allocUnsafeSlow(length)
    this.#bytes.copy(own, 0, start, start + length)
    consumer.onData(own, taken)
  }
}

/**
 * @param {number} lower half
 * @param {number} upper half
 */
function sum (lower, upper) {
  return upper === 0 ? lower : lower + upper * 2 ** 32
}

/**
 * Throws on its own: what was thrown while one record was dealt with harms nobody, for what is behind it belongs to others.
 * @param {unknown} error
 */
function rethrow (error) {
  queueMicrotask(() => { throw error })
}

module.exports = { Completions }
