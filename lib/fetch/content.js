'use strict'

const { AsyncResource } = require('node:async_hooks')
const { Readable } = require('node:stream')
const abort = require('../abort')
const { Collector } = require('../body')
const { bytesOf, jsonOf, textOf } = require('../whole')
const { abandonWith } = require('../exchange')
const { Incoming } = require('../incoming')
const { Reading, Source } = require('./reading')
const { halves } = require('./streamed')

/** @typedef {import('./streamed').Streamed} Streamed */

/** Bytes that are handed out as one chunk where they have come together. */
const LARGEST_CHUNK = 256 * 1024

/** What a body came to that was not cut short. */
const WHOLE = Object.freeze({ error: null })

/**
 * The body of a Response: whole, or still arriving. The stream is made when somebody wants one, and whoever then reads by
 * `text()` and the like is still served without it.
 */
class Content {
  /** @type {string | Buffer | Incoming} */ #held
  /** @type {abort.Signal | undefined} */ #signal
  /** In which it was first waited for, and so whoever reads its stream is called. @type {AsyncResource | null} */ #scope = null
  /** @type {ReadableStream<Uint8Array> | null} */ #stream = null
  /** Its stream's, until that is at its end. @type {ReadableStreamDefaultController<Uint8Array> | null} */ #controller = null
  /** What it came to, given to somebody whole. @type {{ error: unknown } | null} */ #outcome = null
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
    else if (this.#held instanceof Incoming) this.#held.watch(this)
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
      const take = (/** @type {string | Buffer} */ whole) => this.#settle(() => convert(whole), resolve, reject)
      const fail = (/** @type {unknown} */ error) => {
        const outcome = { error: this.#broken(error) }
        this.#conclude(outcome)
        reject(outcome.error)
      }
      if (held instanceof Incoming) return held.consume(new Collector(held, whole => whole, take, fail, this))
      this.#held = ''
      take(held)
    })
  }

  /**
   * Though all of it is here, an abort in the same turn takes it away, as on the platform.
   * @template T
   * @param {() => T} make
   * @param {(value: T) => void} resolve
   * @param {(error: unknown) => void} reject
   */
  #settle (make, resolve, reject) {
    const signal = this.#signal
    const judge = () => {
      const isAborted = signal !== undefined && abort.isAborted(signal)
      this.#conclude(isAborted ? { error: abort.reasonOf(signal) } : WHOLE)
      if (isAborted) return reject(abort.reasonOf(signal))
      try {
        resolve(make())
      } catch (error) {
        reject(error)
      }
    }
    if (signal === undefined) judge()
    else void Promise.resolve().then(judge)
  }

  /** As its stream ends that is locked for who was given it whole. @param {{ error: unknown }} outcome */
  #conclude (outcome) {
    this.#outcome = outcome
    this.#end(outcome)
  }

  /** @param {{ error: unknown }} outcome */
  #end (outcome) {
    const controller = this.#controller
    this.#controller = null
    if (outcome === WHOLE) controller?.close()
    else controller?.error(outcome.error)
  }

  /** What a body ends with that breaks off: the signal's reason, or what says what broke it. @param {unknown} error */
  #broken (error) {
    const signal = this.#signal
    const isReason = signal !== undefined && abort.isAborted(signal) && abort.reasonOf(signal) === error
    return isReason ? error : new TypeError('terminated', { cause: error })
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
  begin (controller) { this.#controller = controller }

  /** Its stream is asked for more. */
  pull () {
    // Whoever was given it whole may wait for it still.
    if (this.#used) return this.#outcome === null ? undefined : this.#end(this.#outcome)
    const signal = this.#signal
    if (signal !== undefined && abort.isAborted(signal)) return this.#end({ error: abort.reasonOf(signal) })
    const held = this.#held
    if (held instanceof Incoming) return this.#flow(held)
    this.#held = ''
    if (held.length > 0) this.#controller?.enqueue(this.#own(held))
    this.#end(WHOLE)
  }

  /**
   * Hands out what has come, or the next that comes. Between two reads what leads from the engine to the stream is weak, so that
   * one which was left half-read can be collected.
   * @param {Incoming} incoming
   */
  #flow (incoming) {
    const waiting = incoming.take(LARGEST_CHUNK)
    if (waiting.length === 0) {
      this.#scope ??= new AsyncResource('RAG_POOL_BODY')
      return incoming.consume(this.reading ??= new Reading(this, incoming))
    }
    const [first] = waiting
    const all = waiting.length === 1 && first !== undefined ? first : Buffer.concat(waiting)
    this.hand(all)
    incoming.credit(all.length)
  }

  /** @param {Buffer} chunk for the stream */
  hand (chunk) { this.#controller?.enqueue(ownBytes(chunk, false)) }

  /**
   * Nothing more comes.
   * @param {unknown} error null: it is whole
   * @param {boolean} isAllTaken the stream has all of what came
   */
  over (error, isAllTaken) {
    const outcome = error === null ? WHOLE : { error: this.#broken(error) }
    // The rest of what came is handed out first, but for what was aborted.
    const isAborted = error !== null && outcome.error === error
    if (isAllTaken || isAborted) this.within(() => this.#end(outcome))
  }

  /**
   * What the platform's streams call in the same turn, as a transform of what the stream is piped to, is called as by its reader.
   * @param {() => void} act
   */
  within (act) {
    if (this.#scope === null) act()
    else this.#scope.runInAsyncScope(act)
  }

  cancel () {
    this.#used = true
    // It has closed.
    this.#controller = null
    const held = this.#held
    if (held instanceof Incoming) {
      // A read may be waiting: what comes now is none of its stream's, which has closed.
      held.rest()
      held.abandon()
    }
    this.#held = ''
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

function unusable () {
  return new TypeError('Body is unusable: Body has already been read')
}

module.exports = { Content }
/** @typedef {Content} ContentType */
