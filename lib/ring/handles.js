'use strict'

/** @typedef {import('./completions').Consumer} Consumer */

/** Who stands behind a handle that has none: a record for it is a fault of ours and harms nobody. */
const NOBODY = Object.freeze(/** @type {Consumer} */ ({
  onReply () {}, onHead () {}, onData () {}, onEnd () {}, onFail () {}, onRoom () {}
}))

/**
 * The requests in flight, by number. A number is free again only after the engine's final record for it, or
 * once the engine has said that there is none on its way, so
 * that no late record can meet a stranger.
 */
class Handles {
  /** @type {(Consumer | undefined)[]} */ #consumers = []
  /** @type {number[]} */ #free = []

  /**
   * @param {Consumer} consumer
   * @returns {number}
   */
  open (consumer) {
    const handle = this.#free.pop() ?? this.#consumers.length
    this.#consumers[handle] = consumer
    return handle
  }

  /**
   * @param {number} handle
   * @returns {Consumer}
   */
  get (handle) {
    return this.#consumers[handle] ?? NOBODY
  }

  /**
   * The consumer of a final record, or of what needs none; its number may be used anew.
   * @param {number} handle
   * @returns {Consumer}
   */
  settle (handle) {
    const consumer = this.#consumers[handle]
    if (consumer === undefined) return NOBODY
    this.#consumers[handle] = undefined
    this.#free.push(handle)
    return consumer
  }

  /** How many have a consumer. */
  get size () {
    return this.#consumers.length - this.#free.length
  }

  /** Everybody who still waits; none of them is known afterwards. */
  drain () {
    const left = this.#consumers.filter(consumer => consumer !== undefined)
    this.#consumers = []
    this.#free = []
    return left
  }
}

module.exports = { Handles }
