'use strict'

// Knows nothing of the engine: Node holds a timer and all that its callback can reach until it fires, and a realm that
// was dropped with its pool open must not be among that.

const { emptyContext } = require('../context')

/**
 * A pool, as far as telling of it goes.
 * @typedef {import('node:events').EventEmitter & { getMetrics (): unknown }} Told
 */

/**
 * Emits a pool's `metrics_collected` every so often, as long as there is a pool. It holds neither the process open nor
 * the pool in memory, and runs in no caller's async context: a pool made while a request is served would tell of its
 * metrics in the name of that request for ever.
 * @param {number} ms
 * @param {Told} pool
 * @returns {() => void} ends it
 */
function tellEvery (ms, pool) {
  const weak = new WeakRef(pool)
  const timer = emptyContext().runInAsyncScope(() => setInterval(() => {
    const there = weak.deref()
    if (there === undefined) return clearInterval(timer)
    if (there.listenerCount('metrics_collected') > 0) there.emit('metrics_collected', there.getMetrics())
  }, ms))
  timer.unref()
  return () => clearInterval(timer)
}

module.exports = { tellEvery }
