'use strict'

const { Submission } = require('./ring/records')
const { Unread } = require('./ring/unread')

/**
 * Who takes a body's bytes.
 * @typedef {object} Sink
 * @property {(chunk: Buffer) => void} chunk
 * @property {() => void} end
 * @property {(error: unknown) => void} fail
 */

/** Credit is given in steps of this many bytes; the engine's window is a multiple of it. */
const CREDIT_STEP = 64 * 1024

/**
 * A body that is still arriving: what came before somebody read, and what to tell the engine. The engine's
 * handle leads here and not to the body object, so that a body which nobody holds can be collected.
 */
class Incoming {
  /** @type {Buffer[]} */ #waiting = []
  /** @type {Sink | null} */ #sink = null
  /** @type {'open' | 'ended' | 'failed'} */ #state = 'open'
  /** @type {unknown} */ #error
  #owed = 0
  /** The engine knows that somebody reads. */ #isBegun = false
  #dumped = false
  #unread
  /** Hears that its reader let go of it. @type {(() => void) | null} */
  onAbandoned = null
  /** Hears how it ends while no consumer is there. @type {WeakRef<{ over: (error: unknown, isAllTaken: boolean) => void }> | null} */
  #watcher = null
  /** `\nname\nvalue…`, once the body is whole. */
  trailers = ''

  /**
   * @param {import('./ring/submissions').Submissions} submissions
   * @param {number} handle
   * @param {import('./ring/standing').Standing | null} standing of its pool; null where no engine reads it
   */
  constructor (submissions, handle, standing) {
    this.submissions = submissions
    this.handle = handle
    this.#unread = new Unread(standing)
  }

  get isOpen () {
    return this.#state === 'open'
  }

  /**
   * From now on everything goes to `sink`, what waits already first.
   * @param {Sink} sink
   */
  consume (sink) {
    this.#sink = sink
    for (const chunk of this.take()) sink.chunk(chunk)
    if (this.#state !== 'open') this.#conclude()
  }

  /**
   * What came since, for a consumer that is not always there: at least one chunk, and no more than so many bytes if that is
   * several.
   * @param {number} [most] bytes
   */
  take (most = Infinity) {
    const waiting = this.#waiting
    let count = 0
    for (let bytes = 0; count < waiting.length; count++) {
      bytes += /** @type {Buffer} */ (waiting[count]).length
      if (bytes > most && count > 0) break
    }
    this.#waiting = count > 0 ? waiting.splice(count) : waiting
    return waiting
  }

  /** Whoever is not always there hears how it ends, unless he is collected. @param {{ over: (error: unknown, isAllTaken: boolean) => void }} watcher */
  watch (watcher) {
    if (this.#state === 'open') this.#watcher = new WeakRef(watcher)
    else this.#tellOf(watcher)
  }

  /** @param {{ over: (error: unknown, isAllTaken: boolean) => void } | undefined} watcher */
  #tellOf (watcher) {
    watcher?.over(this.#state === 'ended' ? null : this.#error, this.#waiting.length === 0)
  }

  /** The consumer has enough for now: what comes waits again, and keeps nobody alive. */
  rest () {
    this.#sink = null
  }

  /**
   * Tells the consumer how it ended, and lets go of it: the registry of abandoned bodies holds this object, so
   * that a body which is reached from here would never be collected.
   */
  #conclude () {
    const sink = this.#sink
    this.#sink = null
    if (sink === null) this.#tellOf(this.#watcher?.deref())
    else if (this.#state === 'ended') sink.end()
    else sink.fail(this.#error)
  }

  /**
   * The consumer is done with so many bytes, and the engine may read as many more.
   * @param {number} bytes
   */
  credit (bytes) {
    this.#unread.read(bytes)
    this.#owed += bytes
    // The first at once: the engine reads on what nobody has begun to read, while others wait.
    if ((this.#owed < CREDIT_STEP && this.#isBegun) || this.#state !== 'open') return
    this.#isBegun = true
    this.submissions.note(Submission.CREDIT, this.handle, this.#owed)
    this.#owed = 0
  }

  /**
   * Nobody wants the rest: the engine drains it when it is small and cuts it when it is large.
   * @param {boolean} leaked found by the garbage collector
   */
  dump (leaked = false) {
    this.#waiting = []
    this.#unread.end()
    if (this.#dumped || this.#state !== 'open') return
    this.#dumped = true
    this.submissions.note(Submission.DUMP, this.handle, leaked ? 1 : 0)
  }

  /** All of the request is sent by now. */
  sent () { this.#unread.weigh(true) }

  /** Its reader wants no more of it. */
  abandon () {
    if (!this.#dumped && this.#state === 'open') this.onAbandoned?.()
    this.dump()
  }

  /**
   * @param {Buffer} chunk
   * @param {boolean} isSent all of the request is
   */
  push (chunk, isSent) {
    if (this.#dumped || chunk.length === 0) return
    this.#unread.came(chunk.length)
    if (this.#sink === null) this.#waiting.push(chunk)
    else this.#sink.chunk(chunk)
    this.#unread.weigh(isSent)
  }

  /** @param {string} trailers */
  end (trailers) {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    this.#unread.end()
    this.trailers = trailers
    this.#conclude()
  }

  /** @param {unknown} error */
  fail (error) {
    if (this.#state !== 'open') return
    this.#state = 'failed'
    this.#unread.end()
    this.#error = error
    this.#conclude()
  }
}

module.exports = { Incoming }
