'use strict'

/** Shorter rests than this are saved up: a timer takes a millisecond more than it is asked for. */
const LEAST_REST_MS = 4

/** Takes bytes at a rate, as a slow consumer does. */
class Pace {
  #taken = 0
  #begun = performance.now()

  /** @param {number} bytesPerSecond */
  constructor (bytesPerSecond) {
    this.bytesPerMs = bytesPerSecond / 1000
  }

  /** Resolves when so many bytes more may be taken. @param {number} bytes */
  async take (bytes) {
    this.#taken += bytes
    const ahead = this.#taken / this.bytesPerMs - (performance.now() - this.#begun)
    if (ahead >= LEAST_REST_MS) await new Promise(resolve => { setTimeout(resolve, ahead) })
  }

  get taken () {
    return this.#taken
  }
}

module.exports = { Pace }
