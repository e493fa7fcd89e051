'use strict'

const { performance } = require('node:perf_hooks')
const { emptyContext } = require('../context')
const { LATE_MS } = require('../deadline')
const { clearTimeout, setImmediate, setTimeout } = require('../event-loop')
const { turnTime } = require('./turn-clock')

/**
 * Tells when nothing has moved for a time; once, until something moves again, as Node's sockets do. It does not hold the process
 * open.
 *
 * Timers come before what a busy event loop has not read yet, and what has not been read is no stillness: so it tells once the loop
 * has had its turn, and after a long hold-up, when one turn may not be enough to read all, only after another such time.
 *
 * A timer is wound for what is left when it rings, and not for each byte and each request: that would cost more than most of what an
 * agent does for one. So it outlasts a request, whose context it must not have, and whatever it stands for, which it must not keep.
 */
class Stillness {
  /** It rings before there can be anything to tell. @type {NodeJS.Timeout | null} */ #timer = null
  /** When that will be. */ #due = 0
  /** @type {() => void} */ #tell
  /** 0: nobody watches. */ #ms = 0
  /** When it last moved, or began to be watched. */ #since = 0
  /** What came late was let pass once. */ #forgiven = false
  #weak = new WeakRef(this)

  /** @param {() => void} tell */
  constructor (tell) {
    this.#tell = tell
  }

  /** @param {number} ms 0: not any more */
  watch (ms) {
    this.#ms = ms > 0 ? ms : 0
    if (this.#ms === 0) return
    this.#moved()
    if (this.#timer === null || this.#due > this.#since + ms) this.#wind(ms)
  }

  /** Nobody will watch again. */
  end () {
    this.#ms = 0
    this.#unwind()
  }

  /** Something has moved. */
  broken () {
    if (this.#ms === 0) return
    this.#moved()
    if (this.#timer === null) this.#wind(this.#ms)
  }

  #moved () {
    this.#since = turnTime()
    this.#forgiven = false
  }

  /** @param {number} ms */
  #wind (ms) {
    this.#unwind()
    this.#due = performance.now() + ms
    this.#timer = noContext.runInAsyncScope(setTimeout, null, Stillness.#rung, ms, this.#weak)
    this.#timer.unref()
  }

  /** @param {WeakRef<Stillness>} weak */
  static #rung (weak) {
    const stillness = weak.deref()
    if (stillness !== undefined) stillness.#ring()
  }

  #unwind () {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #ring () {
    this.#timer = null
    if (this.#ms === 0) return
    const [since, now] = [this.#since, performance.now()]
    const late = now - since - this.#ms
    // The clock of timers is a millisecond's.
    if (late <= -1) return this.#wind(Math.ceil(-late))
    if (late > LATE_MS && !this.#forgiven) {
      this.#forgiven = true
      this.#since = now
      return this.#wind(this.#ms)
    }
    setImmediate(() => {
      if (this.#ms > 0 && this.#since === since && this.#timer === null) this.#tell()
    })
  }
}

const noContext = emptyContext()

module.exports = { Stillness }
