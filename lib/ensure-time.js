'use strict'

const { badInput, shown } = require('./errors')

/** As for every option that is a time. One that cannot be would spoil the sum of all others for good. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * @param {unknown} ms
 * @throws {TypeError | RangeError} where it is no time
 */
function ensureTime (ms) {
  if (typeof ms !== 'number') throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `ms must be a number; received ${shown(ms)}`)
  if (!(ms >= 0 && ms <= LONGEST_MS)) throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `ms must be a number of milliseconds between 0 and ${LONGEST_MS}; received ${ms}`)
}

module.exports = { ensureTime }
