'use strict'

/**
 * Bytes from which on a body stands still: the engine reads no further once 256 KiB wait for their consumer, of which some may be
 * read already and not told yet.
 */
const STANDSTILL = 128 * 1024

/**
 * What a consumer has been given of one body and has not read. While that is much, the body goes on only by whoever has it, and
 * so, as a paused socket, holds no process open.
 */
class Unread {
  #bytes = 0
  #stands = false
  #standing

  /** @param {import('./standing').Standing | null} standing of its pool; null where no engine reads it */
  constructor (standing) {
    this.#standing = standing
  }

  /** @param {number} bytes */
  came (bytes) { this.#bytes += bytes }

  /** @param {number} bytes */
  read (bytes) {
    this.#bytes -= bytes
    if (this.#stands) this.weigh(true)
  }

  /** Nothing waits for a consumer any more. */
  end () {
    this.#bytes = 0
    this.weigh(false)
  }

  /** @param {boolean} isStill nothing of the request is under way either */
  weigh (isStill) {
    const stands = isStill && this.#bytes >= STANDSTILL
    if (stands === this.#stands) return
    this.#stands = stands
    this.#standing?.change(stands ? 1 : -1)
  }
}

module.exports = { Unread }
