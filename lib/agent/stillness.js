'use strict'

const { clearTimeout, setImmediate, setTimeout } = require('../event-loop')

/** Tells when nothing has moved for a time; again and again, as Node's sockets do. It does not hold the process open. */
class Stillness {
  /** @type {NodeJS.Timeout | null} */ #timer = null
  /** The time has passed, and nothing has moved since. */ #hasPassed = false
  /** @type {() => void} */ #tell

  /** @param {() => void} tell */
  constructor (tell) {
    this.#tell = tell
  }

  /** @param {number} ms 0: not any more */
  watch (ms) {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#hasPassed = false
    if (!(ms > 0)) return
    this.#timer = setTimeout(() => this.#pass(), ms)
    this.#timer.unref()
  }

  /**
   * A thread that was busy comes to its timers before it reads what came meanwhile: that is read first. Node's own sockets tell of a
   * stillness then that there was none of.
   */
  #pass () {
    this.#timer?.refresh()
    this.#hasPassed = true
    setImmediate(() => {
      if (!this.#hasPassed) return
      this.#hasPassed = false
      this.#tell()
    }).unref()
  }

  /** Something has moved. */
  broken () {
    this.#hasPassed = false
    this.#timer?.refresh()
  }
}

module.exports = { Stillness }
