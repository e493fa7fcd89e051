'use strict'

const { processMicros, threadMicros, threadWaitMicros } = require('./clocks')
const { LoopDelay } = require('./loop-delay')
const { quantiles } = require('./quantiles')

/** What a load did between `open` and `close`; what came before was the lead-in. */
class Window {
  #loopDelay = new LoopDelay()
  /** @type {number[]} */ #millis = []
  /** @type {Record<string, number>} */ #errors = {}
  #before = clocks()
  /** Requests that went well. Counted in place: this is in the path of each. */
  done = 0

  open () {
    this.#millis = []
    this.#errors = {}
    this.done = 0
    this.#loopDelay.start()
    this.#before = clocks()
  }

  /** @param {number} ms */
  timed (ms) {
    this.#millis.push(ms)
  }

  /** @param {unknown} error */
  failed (error) {
    const { code, name } = /** @type {NodeJS.ErrnoException} */ (error)
    const key = code ?? name
    this.#errors[key] = (this.#errors[key] ?? 0) + 1
  }

  close () {
    const after = clocks()
    const before = this.#before
    this.#loopDelay.stop()
    const seconds = (after.millis - before.millis) / 1e3
    const requests = this.done
    return {
      requests,
      seconds,
      perSecond: requests / seconds,
      threadMicros: each(before.thread, after.thread, requests),
      processMicros: each(before.process, after.process, requests),
      /** Share of the time that the JavaScript thread was ready and had no CPU. */
      waitShare: before.wait === null || after.wait === null ? null : (after.wait - before.wait) / 1e6 / seconds,
      latencyMicros: quantiles(Float64Array.from(this.#millis, ms => ms * 1e3).sort()),
      loopDelayMillis: { p50: this.#loopDelay.millis(50), p99: this.#loopDelay.millis(99) },
      rssMegabytes: process.memoryUsage.rss() / 2 ** 20,
      peakMegabytes: process.resourceUsage().maxRSS / 2 ** 10,
      errors: this.#errors
    }
  }
}

function clocks () {
  return { millis: performance.now(), thread: threadMicros(), process: processMicros(), wait: threadWaitMicros() }
}

/**
 * @param {number | null} before
 * @param {number | null} after
 * @param {number} requests
 */
function each (before, after, requests) {
  return before === null || after === null ? null : (after - before) / requests
}

module.exports = { Window }
