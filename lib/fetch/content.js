'use strict'

const { Readable } = require('node:stream')
const abort = require('../abort')
const { Collector } = require('../body')
const { bytesOf, jsonOf, textOf } = require('../whole')
const { PoolError } = require('../errors')
const { abandonWith } = require('../exchange')
const { Incoming } = require('../incoming')
const { halves } = require('./streamed')

/** @typedef {import('./streamed').Streamed} Streamed */

/** Bytes that are handed out as one chunk where they have come together. */
const LARGEST_CHUNK = 256 * 1024

/**
 * The body of a Response: whole, or still arriving. The stream is made when somebody wants one, and whoever then reads by
 * `text()` and the like is still served without it.
 */
class Content {
  /** @type {string | Buffer | Incoming} */ #held
  /** @type {abort.Signal | undefined} */ #signal
  /** @type {ReadableStream<Uint8Array> | null} */ #stream = null
  /** Given to somebody whole, or given up: as a stream there is nothing left. */
  #used = false
  /** Waits for the next chunk. @type {Reading | null} */ reading = null
  /** Whether its bytes are another's too. */
  #shared = false

  /**
   * @param {string | Buffer | Incoming} held
   * @param {abort.Signal | undefined} signal that may still take it away
   */
  constructor (held, signal) {
    this.#held = held
    this.#signal = signal
    if (held instanceof Incoming) abandonWith(this, held)
  }

  get used () {
    return this.#used || (this.#stream !== null && Readable.isDisturbed(/** @type {any} */ (this.#stream)))
  }

  /** Nobody can read it any more, or somebody holds it. */
  get isUnusable () {
    return this.used || (this.#stream !== null && this.#stream.locked)
  }

  get stream () {
    if (this.#stream !== null) return this.#stream
    const stream = this.#stream = new ReadableStream(new Source(this), { highWaterMark: 0 })
    if (this.#used) seal(stream)
    return stream
  }

  text () {
    return this.#read(textOf)
  }

  json () {
    return this.#read(jsonOf)
  }

  bytes () {
    return this.#read(whole => this.#own(whole))
  }

  /**
   * @template T
   * @param {(whole: string | Buffer) => T} convert
   * @returns {Promise<T>}
   */
  #read (convert) {
    if (this.isUnusable) return Promise.reject(unusable())
    const signal = this.#signal
    if (signal !== undefined && abort.isAborted(signal)) return Promise.reject(abort.reasonOf(signal))
    this.#used = true
    if (this.#stream !== null) seal(this.#stream)
    const held = this.#held
    return new Promise((resolve, reject) => {
      if (!(held instanceof Incoming)) {
        this.#held = ''
        return resolve(convert(held))
      }
      held.consume(new Collector(held, convert, resolve, error => reject(broken(error)), this))
    })
  }

  /**
   * Bytes in a store that nobody else has.
   * @param {string | Buffer} whole
   * @returns {Uint8Array<ArrayBuffer>}
   */
  #own (whole) {
    return ownBytes(bytesOf(whole), this.#shared)
  }

  /** Two bodies with these bytes in place of this one, each to be read on its own. @returns {[Content, Content] | [Streamed, Streamed]} */
  split () {
    const held = this.#held
    if (held instanceof Incoming) return halves(this.stream, this.#signal)
    this.#shared = true
    const twin = new Content(held, this.#signal)
    twin.#shared = true
    return [this, twin]
  }

  /** @param {ReadableStreamDefaultController<Uint8Array>} controller */
  pull (controller) {
    if (this.#used) return controller.close()
    const signal = this.#signal
    if (signal !== undefined && abort.isAborted(signal)) return controller.error(abort.reasonOf(signal))
    const held = this.#held
    if (held instanceof Incoming) return flow(this, held, controller)
    this.#held = ''
    if (held.length > 0) controller.enqueue(this.#own(held))
    controller.close()
  }

  cancel () {
    this.#used = true
    const held = this.#held
    if (held instanceof Incoming) {
      // A read may be waiting: what comes now is none of its stream's, which has closed.
      held.rest()
      held.abandon()
    }
    this.#held = ''
  }
}

/** What the stream asks; it keeps its content, and so the connection, for as long as itself is kept. */
class Source {
  /** @param {Content} content */
  constructor (content) {
    this.content = content
  }

  /** @param {ReadableStreamDefaultController<Uint8Array>} controller */
  pull (controller) {
    this.content.pull(controller)
  }

  cancel () {
    this.content.cancel()
  }
}

/**
 * Hands out what has come, or the next that comes. Between two reads nothing leads from the engine to the stream, so that
 * one which was left half-read can be collected.
 * @param {Content} content
 * @param {Incoming} incoming
 * @param {ReadableStreamDefaultController<Uint8Array>} controller
 */
function flow (content, incoming, controller) {
  const waiting = incoming.take(LARGEST_CHUNK)
  if (waiting.length > 0) {
    const [first] = waiting
    const all = waiting.length === 1 && first !== undefined ? first : Buffer.concat(waiting)
    controller.enqueue(ownBytes(all, false))
    incoming.credit(all.length)
    return
  }
  incoming.consume(content.reading ??= new Reading(content, incoming, controller))
}

/** Waits for the next chunk, and keeps its content for as long. */
class Reading {
  /**
   * @param {Content} content
   * @param {Incoming} incoming
   * @param {ReadableStreamDefaultController<Uint8Array>} controller
   */
  constructor (content, incoming, controller) {
    this.content = content
    this.incoming = incoming
    this.controller = controller
  }

  /** @param {Buffer} chunk */
  chunk (chunk) {
    this.incoming.rest()
    this.controller.enqueue(ownBytes(chunk, false))
    this.incoming.credit(chunk.length)
  }

  end () {
    this.controller.close()
  }

  /** @param {unknown} error */
  fail (error) {
    this.controller.error(broken(error))
  }
}

/**
 * As a stream that was read: locked, and at its end.
 * @param {ReadableStream} stream
 */
function seal (stream) {
  void stream.getReader().read().catch(() => {})
}

/**
 * @param {Buffer} bytes
 * @param {boolean} isShared
 * @returns {Uint8Array<ArrayBuffer>}
 */
function ownBytes (bytes, isShared) {
  // A small Buffer is a view of a store that it has in common with others, which its reader might transfer.
  if (isShared || bytes.buffer.byteLength !== bytes.length) return new Uint8Array(bytes)
  return new Uint8Array(/** @type {ArrayBuffer} */ (bytes.buffer))
}

/** What a body ends with that breaks off. @param {unknown} error */
function broken (error) {
  return error instanceof PoolError ? new TypeError('terminated', { cause: error }) : error
}

function unusable () {
  return new TypeError('Body is unusable: Body has already been read')
}

module.exports = { Content }
