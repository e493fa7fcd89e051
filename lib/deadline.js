'use strict'

const { clearTimeout, setTimeout } = require('./event-loop')

/** What rings so much later was held up by a busy event loop. */
const LATE_MS = 100

/**
 * Tells when a time has passed of which the event loop has seen the end. Timers come before what a loop that was held up has not
 * read yet, and that may be what is waited for: it has as long again as the timer was late, once.
 */
class Deadline {
  /** @type {NodeJS.Timeout | undefined} */ #timer
  #due = Infinity
  #wasLate = false
  /** @type {() => void} */ #passed

  /** @param {() => void} passed */
  constructor (passed) {
    this.#passed = passed
  }

  /** @param {number} ms */
  begin (ms) {
    this.#due = performance.now() + ms
    this.#timer = setTimeout(() => this.#ring(), ms)
  }

  end () {
    clearTimeout(this.#timer)
  }

  /** Whether the loop has been held up beyond it. */
  get isLate () { return this.#wasLate || this.#isOverdue }

  get #isOverdue () { return performance.now() - this.#due > LATE_MS }

  #ring () {
    if (this.#wasLate || !this.#isOverdue) return this.#passed()
    this.#wasLate = true
    this.begin(performance.now() - this.#due)
  }
}

module.exports = { Deadline, LATE_MS }
