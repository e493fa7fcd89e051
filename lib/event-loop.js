'use strict'

// The event loop's turns, taken when the package is loaded: a test that stops the clock after that, as Jest's fake timers do, stops
// nothing by which requests are carried, as it stops none of Node's own.

const { clearTimeout, setImmediate, setTimeout } = require('node:timers')

const { nextTick } = process

module.exports = { clearTimeout, nextTick, setImmediate, setTimeout }
