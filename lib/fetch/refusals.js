'use strict'

// What the platform's fetch takes and its client then refuses: the failed call's cause is known by its name and code.

/**
 * @param {string} name
 * @param {string} code
 * @param {string} message
 */
function named (name, code, message) {
  const error = Object.assign(new Error(message), { code })
  Object.defineProperty(error, 'name', { value: name, writable: true, configurable: true })
  return error
}

/**
 * Of a header that cannot be sent.
 * @param {string} name
 * @param {unknown} error what is wrong with it
 */
function refusalOf (name, error) {
  if (!(error instanceof TypeError)) return error
  if (name === 'expect') return named('NotSupportedError', 'UND_ERR_NOT_SUPPORTED', 'expect header not supported')
  return named('InvalidArgumentError', 'UND_ERR_INVALID_ARG', `invalid ${name} header`)
}

/**
 * Of a content-length that does not go with the body.
 * @param {unknown} error what is wrong with it
 */
function lengthRefusalOf (error) {
  return error instanceof RangeError
    ? named('RequestContentLengthMismatchError', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'Request body length does not match content-length header')
    : refusalOf('content-length', error)
}

module.exports = { lengthRefusalOf, refusalOf }
