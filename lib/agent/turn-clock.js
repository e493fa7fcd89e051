'use strict'

const { performance } = require('node:perf_hooks')
const { nextTick } = require('../event-loop')

let at = 0
let isKnown = false

/**
 * The time in ms, as `performance.now()` has it, asked for once for all that happens before the next tick: as Node's own timers go by
 * when the turn of the event loop began.
 */
function turnTime () {
  if (!isKnown) {
    isKnown = true
    at = performance.now()
    nextTick(forget)
  }
  return at
}

function forget () { isKnown = false }

module.exports = { turnTime }
