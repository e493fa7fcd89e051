'use strict'

const { monitorEventLoopDelay } = require('node:perf_hooks')

const RESOLUTION_MS = 10

/** How late the event loop comes to what is due. Node's histogram has what lies between two samples, their distance included. */
class LoopDelay {
  #between = monitorEventLoopDelay({ resolution: RESOLUTION_MS })

  start () {
    this.#between.enable()
  }

  stop () {
    this.#between.disable()
  }

  /** @param {number} percent of the samples that were no later, in ms */
  millis (percent) {
    return Math.max(0, this.#between.percentile(percent) / 1e6 - RESOLUTION_MS)
  }
}

module.exports = { LoopDelay }
