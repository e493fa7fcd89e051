'use strict'

// The event loop's turns, taken when the package is loaded: a test that stops the clock, as Jest's fake timers do, stops nothing by
// which requests are carried, as it stops none of Node's own.

const { clearTimeout, setImmediate, setTimeout } = require('node:timers')
const { runInThisContext } = require('node:vm')

// Node's own: the `process` of a Jest file is a copy, whose clock may have been stopped before the package is loaded.
const { nextTick } = runInThisContext('process')

module.exports = { clearTimeout, nextTick, setImmediate, setTimeout }
