'use strict'

const { clearTimeout, setTimeout } = require('../event-loop')

/** Tells when nothing has moved for a time; again and again, as Node's sockets do. It does not hold the process open. */
class Stillness {
  /** @type {NodeJS.Timeout | null} */ #timer = null
  /** @type {() => void} */ #tell

  /** @param {() => void} tell */
  constructor (tell) {
    this.#tell = tell
  }

  /** @param {number} ms 0: not any more */
  watch (ms) {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (!(ms > 0)) return
    this.#timer = setTimeout(() => {
      this.#timer?.refresh()
      this.#tell()
    }, ms)
    this.#timer.unref()
  }

  /** Something has moved. */
  broken () {
    this.#timer?.refresh()
  }
}

module.exports = { Stillness }
