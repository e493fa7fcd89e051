'use strict'

const { LATE_MS } = require('../deadline')
const { clearTimeout, setImmediate, setTimeout } = require('../event-loop')

/**
 * Tells when nothing has moved for a time; again and again, as Node's sockets do. It does not hold the process open.
 *
 * Timers come before what a busy event loop has not read yet, and what has not been read is no stillness: so it tells once the loop
 * has had its turn, and after a long hold-up, when one turn may not be enough to read all, only after another such time.
 */
class Stillness {
  /** @type {NodeJS.Timeout | null} */ #timer = null
  /** @type {() => void} */ #tell
  #ms = 0
  /** When it last moved, or began to be watched. */ #since = 0
  /** What came late was let pass once. */ #forgiven = false

  /** @param {() => void} tell */
  constructor (tell) {
    this.#tell = tell
  }

  /** @param {number} ms 0: not any more */
  watch (ms) {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (!(ms > 0)) return
    this.#ms = ms
    this.#moved()
    this.#timer = setTimeout(() => this.#ring(), ms)
    this.#timer.unref()
  }

  /** Something has moved. */
  broken () {
    if (this.#timer === null) return
    this.#moved()
    this.#timer.refresh()
  }

  #moved () {
    this.#since = performance.now()
    this.#forgiven = false
  }

  #ring () {
    const [timer, since, now] = [this.#timer, this.#since, performance.now()]
    timer?.refresh()
    if (now - since - this.#ms > LATE_MS && !this.#forgiven) {
      this.#forgiven = true
      this.#since = now
      return
    }
    setImmediate(() => {
      if (this.#timer !== timer || this.#since !== since) return
      this.#since = now
      this.#tell()
    })
  }
}

module.exports = { Stillness }
