'use strict'

const { isIPv6 } = require('node:net')
const { Deadline } = require('./deadline')
const { TIMEOUTS } = require('./request')
const { Submission } = require('./ring/records')
const { parts } = require('./url')

const REQUEST = TIMEOUTS.indexOf('requestTimeout')

/** A request's `requestTimeout`, of which an interceptor's time is a part: what it leaves is the engine's. */
class Allowance {
  /** In ms; 0: for ever. @type {number} */ #ms
  /** @type {Deadline | null} */ #deadline = null
  #begun = performance.now()
  #place

  /**
   * @param {import('./send').Ready} ready
   * @param {import('./inside').Inside} inside
   */
  constructor ({ place, timeouts }, { configOf }) {
    const own = timeouts?.[REQUEST] ?? Submission.POOLS_OWN
    this.#ms = own === Submission.POOLS_OWN ? configOf(place).requestTimeout : own
    this.#place = place
  }

  /** `scheme://host:port`, as the engine's errors have it. */
  get origin () {
    const { scheme, host, port } = parts(this.#place)
    return `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`
  }

  /** @param {() => void} spent */
  begin (spent) {
    if (this.#ms === 0) return
    this.#deadline = new Deadline(spent)
    this.#deadline.begin(this.#ms)
  }

  end () {
    this.#deadline?.end()
  }

  /**
   * What is left of it; all, where the event loop was held up and nobody knows for how long of that.
   * @param {import('./send').Ready} ready
   */
  leaveTo (ready) {
    if (this.#ms === 0) return
    const spent = this.#deadline?.isLate ? 0 : performance.now() - this.#begun
    const left = Math.ceil(this.#ms - spent)
    ready.timeouts = TIMEOUTS.map((_, at) => at === REQUEST ? Math.max(1, left) : ready.timeouts?.[at] ?? Submission.POOLS_OWN)
  }
}

module.exports = { Allowance }
