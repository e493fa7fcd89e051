'use strict'

const kScope = Symbol('rag-pool.scope')
/** Bytes handed to the stream that it has not asked beyond yet; −1 before its first read. */
const kPushed = Symbol('rag-pool.pushed')

/**
 * Hands a body that is read as a stream what arrives. It holds the stream while that waits for more, as a socket holds one that
 * flows though nobody else does; one whose buffer is full goes on only by whoever has it, and is collected if nobody has.
 */
class Flow {
  /** @type {any} */ #waiting
  /** @type {WeakRef<any>} */ #body

  /** @param {any} body */
  constructor (body) {
    this.#waiting = body
    this.#body = new WeakRef(body)
  }

  /** @param {any} body */
  asked (body) { this.#waiting = body }

  /** @param {Buffer} chunk */
  chunk (chunk) {
    const body = this.#waiting ?? this.#body.deref()
    if (body === undefined) return
    body[kPushed] += chunk.length
    this.#waiting = null
    if (body[kScope].runInAsyncScope(body.push, body, chunk)) this.#waiting = body
  }

  end () { this.#tell('push', null) }

  /**
   * With a listener of its own: an 'error' that nobody hears ends the process, and whoever lets a body flow off need not care how
   * it ends.
   * @param {unknown} error
   */
  fail (error) {
    this.#tell('on', 'error', () => {})
    this.#tell('destroy', error)
  }

  /**
   * @param {string} method
   * @param {unknown[]} given
   */
  #tell (method, ...given) {
    const body = this.#waiting ?? this.#body.deref()
    body?.[kScope].runInAsyncScope(body[method], body, ...given)
  }
}

module.exports = { Flow, kPushed, kScope }
