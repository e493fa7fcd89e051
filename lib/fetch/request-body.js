'use strict'

/** @typedef {string | Uint8Array | Blob | ReadableStream | null} Source */

/** Nothing else of a request may be what is refused: 'only-if-cached' goes with its own origin alone. */
const PROBE = /** @type {RequestInit} */ ({ mode: 'no-cors', method: 'POST', cache: 'default' })

/**
 * A Request shows its body as a stream, whatever it was made from, and only what was not made from a stream is sent again
 * after a redirect. The two are told apart by what the platform refuses: a 'no-cors' request whose body is a stream.
 * @param {Request} request
 * @returns {Promise<Source>}
 */
async function bodyOf (request) {
  let whole
  try {
    whole = new Request(request, PROBE)
  } catch {
    return request.body
  }
  return new Uint8Array(await whole.arrayBuffer())
}

/** Whether it can be sent one time only. @param {Source} source */
function isOnce (source) {
  return source instanceof ReadableStream
}

module.exports = { bodyOf, isOnce }
