'use strict'

const { PoolError } = require('./errors')
const { destroyed } = require('./refusals')
const { Submission } = require('./ring/records')
const { bytesOfChunk, sourceOf, stop } = require('./upload')

/** Bytes of an answer that may wait for their reader. */
const WINDOW = 256 * 1024

/**
 * An interceptor's answer.
 * @typedef {object} Played
 * @property {number} status
 * @property {string} head `reason\nname\nvalue…`
 * @property {import('./upload').Outgoing} body
 */

/** Where a request is whom the engine knows nothing of: it tells the exchange what the engine would tell it, its timeout and its pool's end included. */
class Stage {
  /** @type {import('./exchange').Exchange} */ #exchange
  /** @type {import('./flights').Flights} */ #flights
  /** @type {import('./allowance').Allowance} */ #allowance
  /** The answer's body, while it is read. @type {(() => void) | null} */ #cancel = null
  /** @type {'queue' | 'body'} */ #phase = 'queue'
  isOver = false
  #unread = 0
  /** Wakes who waits for the reader. @type {(() => void) | null} */ #go = null

  /**
   * @param {import('./exchange').Exchange} exchange
   * @param {import('./flights').Flights} flights
   * @param {import('./allowance').Allowance} allowance
   */
  constructor (exchange, flights, allowance) {
    this.#exchange = exchange
    this.#flights = flights
    this.#allowance = allowance
    flights.staged.add(this)
    allowance.begin(() => this.fail(this.#tooSlow()))
  }

  /**
   * What the exchange tells the engine.
   * @param {number} kind
   * @param {number} _handle
   * @param {number} [argument]
   */
  note (kind, _handle, argument = 0) {
    if (kind === Submission.CREDIT) this.#unread -= argument
    else if (kind === Submission.ABORT) this.leave()
    else if (kind === Submission.DUMP) this.#end()
    this.#go?.()
  }

  /** From now on it is nothing to the exchange, and nothing is left of it. */
  leave () {
    this.isOver = true
    this.#allowance.end()
    this.#flights.staged.delete(this)
    this.#cancel?.()
    this.#cancel = null
    this.#go?.()
  }

  #end () {
    if (this.isOver) return
    this.leave()
    this.#exchange.onEnd('')
  }

  /** The pool is destroyed. */
  cut () {
    this.fail(destroyed())
  }

  #tooSlow () {
    const { origin } = this.#allowance
    const message = `the request to ${origin} took too long in all (requestTimeout)`
    return new PoolError({ code: 'ERR_POOL_REQUEST_TIMEOUT', phase: this.#phase, message, origin, mayHaveBeenProcessed: false })
  }

  /** @param {unknown} error as the interceptor threw it, or of this side */
  fail (error) {
    if (this.isOver) return
    this.leave()
    this.#exchange.never(error)
  }

  /**
   * @param {Played} answer
   * @param {string} method
   */
  async play ({ status, head, body }, method) {
    const { bytes, stream } = body
    if (stream === null || method === 'HEAD') {
      this.leave()
      if (stream !== null) stop(stream, null)
      return this.#exchange.onReply(status, head, bytes === null || method === 'HEAD' ? '' : Buffer.from(/** @type {any} */ (bytes)))
    }
    const source = sourceOf(stream)
    // Not by the loop's own hand: it would wait for the next chunk first, which may never come.
    this.#cancel = () => stop(stream, source)
    this.#phase = 'body'
    this.#exchange.onHead(status, head)
    try {
      await this.#relay(source)
      this.#cancel = null
      this.#end()
    } catch (error) {
      this.fail(error)
    }
  }

  /** @param {AsyncIterator<unknown> | Iterator<unknown>} source */
  async #relay (source) {
    while (!this.isOver) {
      const { done, value } = await source.next()
      if (done || this.isOver) return
      // A copy: the source may fill the same bytes anew, and a reader may transfer what he gets.
      const piece = Buffer.from(bytesOfChunk(value, "an interceptor's body"))
      this.#unread += piece.length
      this.#exchange.onData(piece)
      while (this.#unread > WINDOW && !this.isOver) await new Promise(resolve => { this.#go = () => resolve(undefined) })
    }
  }
}

module.exports = { Stage }
