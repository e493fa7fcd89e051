'use strict'

/** Bytes that every upload may have on their way. With fewer a large body goes from thread to thread a piece at a time. */
const LEAST = 512 * 1024

/** Bytes that an upload may have on their way at most. */
const MOST = 2 * 1024 * 1024

/**
 * Bytes by which the kernel's pace is told. Of fewer its own buffers and the peer's, some MiB each, take the most at once, however
 * slow the peer.
 */
const STRETCH = 16 * 1024 * 1024

/** Bytes a millisecond at which the kernel has to take them of who is to have a larger window. */
const FAST = 64 * 1024

/** So many times slower, he is to have the least. */
const SLOW = 4

/** What windows may have beyond the least: all of a thread together. */
const SPARE = 64 * 1024 * 1024

/** How much of that is left. */
let spare = SPARE

/**
 * How many bytes of an upload may be on their way to the kernel while the writer is told that they are written. It doubles each time
 * that the kernel takes a stretch of a body as fast as a local disk would, for then either thread waits for the other to have its
 * turn; a slow upload holds no more than the least.
 */
class UploadWindow {
  #size = LEAST
  /** Bytes that the kernel had when the stretch began. */ #from = 0
  /** When that was; none: it is to begin with the next bytes. @type {number | null} */ #since = null

  get size () { return this.#size }

  /**
   * The kernel has so many bytes of the exchange.
   * @param {number} taken
   * @param {() => number} now milliseconds
   */
  taken (taken, now) {
    if (taken < LEAST) return
    if (this.#since !== null && taken - this.#from < STRETCH) return
    const time = now()
    if (this.#since !== null) this.#judge((taken - this.#from) / (time - this.#since))
    this.#from = taken
    this.#since = time
  }

  /** The exchange is over. */
  end () {
    this.#resize(LEAST)
    this.#from = 0
    this.#since = null
  }

  /** @param {number} speed bytes a millisecond */
  #judge (speed) {
    if (speed < FAST / SLOW) this.#resize(LEAST)
    else if (speed >= FAST) this.#resize(Math.min(2 * this.#size, MOST))
  }

  /** @param {number} size */
  #resize (size) {
    const more = size - this.#size
    if (more > spare) return
    spare -= more
    this.#size = size
  }
}

module.exports = { UploadWindow, FAST, LEAST, MOST, SLOW, SPARE, STRETCH }
