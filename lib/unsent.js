'use strict'

const { Readable } = require('node:stream')

/** @typedef {AsyncIterable<unknown> | Iterable<unknown>} Source */

/**
 * The source of a request that is not on its way: it may be refused yet, or an interceptor decides about it. What a source tells of
 * itself meanwhile ends no process, and once the request is over it is stopped, whether or not it was ever read.
 */
class Unsent {
  /** @type {import('./exchange').Exchange} */ #exchange
  /** @type {Source} */ #source

  /**
   * @param {import('./exchange').Exchange} exchange
   * @param {Source} source
   */
  constructor (exchange, source) {
    this.#exchange = exchange
    this.#source = source
    if (source instanceof Readable) source.on('error', error => { if (exchange.upload === this) exchange.fail(error) })
  }

  /** Nothing is asked of it before it is on its way. */
  room () {}

  /** @param {unknown} reason */
  cancel (reason) {
    const exchange = this.#exchange
    if (exchange.upload !== this) return
    exchange.upload = null
    exchange.runInAsyncScope(() => giveUp(this.#source, reason))
  }
}

/**
 * Tells the source of a body that nobody read that nobody will.
 * @param {unknown} body
 * @param {unknown} reason
 */
function giveUp (body, reason) {
  // It may tell of an error of its own yet, which would end the process.
  if (body instanceof Readable) body.on('error', () => {}).destroy(reason instanceof Error ? reason : undefined)
  else if (body instanceof ReadableStream && !body.locked) body.cancel(reason).catch(() => {})
}

module.exports = { giveUp, Unsent }
