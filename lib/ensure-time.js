'use strict'

const { badInput, shown } = require('./errors')

/**
 * @param {unknown} ms
 * @throws {TypeError | RangeError} where it is no time
 */
function ensureTime (ms) {
  if (typeof ms !== 'number') throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `ms must be a number; received ${shown(ms)}`)
  if (!(ms >= 0 && ms < Infinity)) throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `ms must be a number of milliseconds from 0; received ${ms}`)
}

module.exports = { ensureTime }
