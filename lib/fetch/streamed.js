'use strict'

const abort = require('../abort')

/** A body that was split while it arrives: one of two halves, carried by the platform. */
class Streamed {
  /** @type {Response} */ #native
  /** @type {abort.Signal | undefined} */ #signal

  /**
   * @param {ReadableStream<Uint8Array>} stream
   * @param {abort.Signal | undefined} signal that may still take it away
   */
  constructor (stream, signal) {
    this.#native = new Response(stream)
    this.#signal = signal
  }

  get used () { return this.#native.bodyUsed }
  get isUnusable () { return this.#native.bodyUsed || this.stream.locked }
  get stream () { return /** @type {ReadableStream<Uint8Array>} */ (this.#native.body) }
  async text () { return this.#awaited().text() }
  async json () { return this.#awaited().json() }
  async bytes () { return new Uint8Array(await this.#awaited().arrayBuffer()) }

  split () {
    return halves(this.stream, this.#signal)
  }

  /** What has come of it is not handed out once the call was aborted. */
  #awaited () {
    if (this.#signal !== undefined && abort.isAborted(this.#signal)) throw abort.reasonOf(this.#signal)
    return this.#native
  }
}

/**
 * Two bodies in place of one, neither of which sees what the other's reader does to its bytes: of the same chunk each has its own, as
 * of a stream of bytes, which the platform's body is (Streams, ReadableByteStreamTee). A default stream would hand both the same.
 * @param {ReadableStream<Uint8Array>} stream
 * @param {abort.Signal | undefined} signal
 * @returns {[Streamed, Streamed]}
 */
function halves (stream, signal) {
  const doubled = converted(stream, (/** @type {Uint8Array} */ chunk) => /** @type {(Uint8Array | null)[]} */ ([chunk, new Uint8Array(chunk)]), signal)
  const [one, other] = doubled.tee()
  return [new Streamed(converted(one, pair => taken(pair, 0), signal), signal), new Streamed(converted(other, pair => taken(pair, 1), signal), signal)]
}

/**
 * What is taken is held no more by what waits for the other's reader.
 * @param {(Uint8Array | null)[]} pair
 * @param {0 | 1} half
 * @returns {Uint8Array}
 */
function taken (pair, half) {
  const chunk = pair[half]
  pair[half] = null
  return /** @type {Uint8Array} */ (chunk)
}

/**
 * A stream that asks for a chunk when it is asked for one, until the call is aborted.
 * @template T
 * @template {any} R
 * @param {ReadableStream<T>} stream
 * @param {(chunk: T) => R} convert
 * @param {abort.Signal | undefined} signal
 * @returns {ReadableStream<R>}
 */
function converted (stream, convert, signal) {
  const reader = stream.getReader()
  return new ReadableStream({
    async pull (controller) {
      const { done, value } = await reader.read()
      if (signal !== undefined && abort.isAborted(signal)) controller.error(abort.reasonOf(signal))
      else if (done) controller.close()
      else controller.enqueue(convert(value))
    },
    cancel: reason => reader.cancel(reason)
  }, { highWaterMark: 0 })
}

module.exports = { halves, Streamed }
