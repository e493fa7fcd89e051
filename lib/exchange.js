'use strict'

const { AsyncResource } = require('node:async_hooks')
const abort = require('./abort')
const { ReplyBody } = require('./body')
const { PoolError } = require('./errors')
const headers = require('./headers')
const { Incoming } = require('./incoming')
const { Submission } = require('./ring/records')

const MANUAL = { requireManualDestroy: true }

/** A body that was collected before anybody read it: its connection is freed and it is counted as leaked. */
const abandoned = new FinalizationRegistry((/** @type {Incoming} */ incoming) => incoming.dump(true))

/**
 * The reply to `pool.request()`. Headers and trailers stay one string until they are asked for.
 */
class Reply {
  /** @type {string} */ #head
  /** @type {Record<string, string | string[]> | undefined} */ #headers
  /** @type {Record<string, string | string[]> | undefined} */ #trailers
  /** @type {Incoming | null} */ #incoming

  /**
   * @param {number} statusCode
   * @param {string} head `reason\nname\nvalue…`
   * @param {any} body
   * @param {Incoming | null} incoming
   */
  constructor (statusCode, head, body, incoming) {
    this.statusCode = statusCode
    this.body = body
    this.#head = head
    this.#incoming = incoming
  }

  get statusText () {
    return this.#head.substring(0, this.#reasonEnd())
  }

  get headers () {
    return (this.#headers ??= headers.decode(this.#head.substring(this.#reasonEnd() + 1)))
  }

  /** Empty until the body has been read. */
  get trailers () {
    if (this.#incoming === null || this.#incoming.trailers === '') return {}
    return (this.#trailers ??= headers.decode(this.#incoming.trailers.substring(1)))
  }

  #reasonEnd () {
    const end = this.#head.indexOf('\n')
    return end < 0 ? this.#head.length : end
  }
}

/** One request: the consumer of its handle's records, and what its callers wait on. */
class Exchange extends AsyncResource {
  /** @type {((reply: any) => void) | null} */ #resolve
  /** @type {((error: unknown) => void) | null} */ #reject
  /** @type {abort.Signal | undefined} */ #signal
  /** @type {Incoming | null} */ #incoming = null
  /** @type {import('./upload').Upload | import('./unsent').Unsent | null} */ upload = null
  /** @type {import('./observe/events').PoolEvents} */ #events
  /** Tells whoever watches the diagnostics channels; null when nobody does. @type {import('./observe/channels').SeenType | null} */ seen = null
  handle = -1
  /** Of its pool, once the engine carries it. @type {import('./ring/standing').Standing | null} */ standing = null
  /** Where it counts as one that is not over. @type {import('./flights').Flights | null} */ flights = null

  /**
   * @param {import('./ring/submissions').Submissions} submissions
   * @param {(reply: any) => void} resolve
   * @param {(error: unknown) => void} reject
   * @param {abort.Signal | undefined} signal
   * @param {import('./observe/events').PoolEvents} events
   */
  constructor (submissions, resolve, reject, signal, events) {
    super('RAG_POOL_REQUEST', MANUAL)
    this.submissions = submissions
    this.#resolve = resolve
    this.#reject = reject
    this.#signal = signal
    this.#events = events
    if (signal !== undefined) abort.watch(signal, this)
  }

  /**
   * What the caller gets.
   * @param {number} status
   * @param {string} head
   * @param {string | Buffer | Incoming} content
   * @returns {any}
   */
  answer (status, head, content) {
    const body = new ReplyBody(content, this)
    if (!(content instanceof Incoming)) return new Reply(status, head, body, null)
    abandoned.register(body, content)
    return new Reply(status, head, body, content)
  }

  /**
   * @param {number} status
   * @param {string} head
   * @param {string | Buffer} body
   */
  onReply (status, head, body) {
    const resolve = this.#resolve
    const { seen } = this
    this.#settle()
    if (seen !== null) this.runInAsyncScope(seen.whole, seen, status, head, body)
    resolve?.(this.answer(status, head, body))
  }

  /**
   * @param {number} status
   * @param {string} head
   */
  onHead (status, head) {
    const resolve = this.#resolve
    const incoming = new Incoming(this.submissions, this.handle, this.standing)
    this.#incoming = incoming
    this.#resolve = this.#reject = null
    incoming.onAbandoned = this.seen === null ? null : () => this.#letGo()
    if (resolve === null) return incoming.dump()
    if (this.seen !== null) this.runInAsyncScope(this.seen.answered, this.seen, status, head)
    resolve(this.answer(status, head, incoming))
  }

  /** @param {Buffer} chunk */
  onData (chunk) {
    const { seen } = this
    if (seen !== null && seen.hearsChunks) this.runInAsyncScope(seen.received, seen, chunk)
    this.#incoming?.push(chunk, this.upload === null)
  }

  /** Whoever had the body wants no more of it: to those who watch the request is over, and not complete, as with undici. */
  #letGo () {
    const { seen } = this
    if (seen !== null) this.runInAsyncScope(seen.failed, seen, new DOMException('The rest of the reply is not wanted', 'AbortError'))
  }

  /** @param {string} trailers */
  onEnd (trailers) {
    const incoming = this.#incoming
    const { seen } = this
    this.#settle()
    if (seen !== null) this.runInAsyncScope(seen.ended, seen, trailers)
    incoming?.end(trailers)
  }

  /** @param {object} failure */
  onFail (failure) {
    const reject = this.#reject
    const incoming = this.#incoming
    if (reject === null && incoming === null) return this.#settle()
    const error = new PoolError(/** @type {import('./errors').Failure} */ (failure))
    this.upload?.cancel(error)
    this.#settle()
    if (this.seen !== null) this.runInAsyncScope(this.seen.failed, this.seen, error, /** @type {any} */ (error).mayHaveBeenProcessed === true)
    reject?.(error)
    incoming?.fail(error)
    // Last, since a listener may throw; in the caller's context, which is where the request failed.
    this.runInAsyncScope(this.#events.failed, this.#events, error)
  }

  /** All of its streamed body is handed over. */
  sent () {
    this.upload = null
    this.#incoming?.sent()
  }

  /** @param {number} bytes */
  onRoom (bytes) {
    if (this.seen !== null) this.runInAsyncScope(this.seen.roomed, this.seen)
    this.upload?.room(bytes)
  }

  /**
   * The signal fired, in whatever phase. The handle lives on until the engine's final record.
   * @param {unknown} reason
   */
  aborted (reason) {
    this.#signal = undefined
    this.fail(reason)
  }

  /**
   * Gives the request up for a reason of this side: the caller's signal, or its body's source.
   * @param {unknown} reason
   */
  fail (reason) {
    const reject = this.#reject
    this.#resolve = this.#reject = null
    this.#unwatch()
    this.#land()
    this.submissions.note(Submission.ABORT, this.handle)
    this.upload?.cancel(reason)
    if (this.seen !== null) this.runInAsyncScope(this.seen.failed, this.seen, reason)
    const incoming = this.#incoming
    this.#incoming = null
    reject?.(reason)
    incoming?.fail(reason)
  }

  /**
   * It ended here, with whatever was thrown, and no engine knows of it.
   * @param {unknown} error
   */
  never (error) {
    const reject = this.#reject
    const incoming = this.#incoming
    const { seen } = this
    this.upload?.cancel(error)
    this.#settle()
    if (seen !== null) this.runInAsyncScope(seen.failed, seen, error)
    reject?.(error)
    incoming?.fail(error)
  }

  #settle () {
    this.#resolve = this.#reject = null
    this.#incoming = null
    this.#unwatch()
    this.upload?.cancel(undefined)
    this.#land()
    this.emitDestroy()
  }

  #land () {
    const { flights } = this
    this.flights = null
    flights?.end()
  }

  #unwatch () {
    if (this.#signal === undefined) return
    abort.unwatch(this.#signal, this)
    this.#signal = undefined
  }
}

/**
 * Frees the connection of a body whose holder was collected.
 * @param {object} holder of the body, for as long as anybody can read it
 * @param {Incoming} incoming
 */
function abandonWith (holder, incoming) {
  abandoned.register(holder, incoming)
}

module.exports = { Exchange, abandonWith }
/** @typedef {Reply} ReplyType */
