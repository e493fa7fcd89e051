'use strict'

// Which errors are right. What a run brings about on purpose excuses the errors that follow from it, and none of our own making.

/** Errors of a language that was used wrongly. One with a cause is how fetch says that something else went wrong. */
const OF_CODE = new Set(['TypeError', 'RangeError', 'ReferenceError'])

/** What stands behind fetch's error. @param {any} error */
function causeOf (error) {
  return error?.name === 'TypeError' && error.cause ? error.cause : error
}

/**
 * Whether it is a mistake in the package, or in the run: no fault of a server and no abort excuses that.
 * @param {any} error
 */
function isMistake (error) {
  const { code, name, cause } = causeOf(error) ?? {}
  return code === 'ERR_POOL_INTERNAL' || name === 'AssertionError' || (OF_CODE.has(name) && cause === undefined)
}

/**
 * Whether it is what a caller gets who gives his request up.
 * @param {any} error
 * @param {unknown} reason of his signal
 * @param {boolean} isNodes whether Node's client made the request, which has another error for a reply that is cut
 */
function isOfAbort (error, reason, isNodes) {
  const cause = causeOf(error)
  return (reason !== undefined && cause === reason) || cause?.name === 'AbortError' || (isNodes && cause?.code === 'ECONNRESET')
}

module.exports = { causeOf, isMistake, isOfAbort }
