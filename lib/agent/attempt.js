'use strict'

const { nextTick } = require('../event-loop')

/**
 * What a listener throws is thrown on its own, and keeps nobody else from what came with it.
 * @param {() => void} act
 */
function attempt (act) {
  try {
    act()
  } catch (error) {
    // A microtask would lose the context on Node 20.
    nextTick(() => { throw error })
  }
}

module.exports = { attempt }
