'use strict'

const CONTENT_LENGTH = /^content-length:[ \t]*(.*?)[ \t]*\r$/im

/**
 * Whether the body of a request was as long as its head said. After one that was not, the peer takes what comes next on the
 * connection for the rest of it, or the rest for what comes next (RFC 9112, 6.3 and 11.2): it carries nothing else. Node's
 * agents keep it. A head beyond ASCII that Node encodes as UTF-8, together with a body of text, counts as too long: that is safe.
 * @param {any} req Node's, whose end is written
 * @param {number} written bytes of its head and body
 */
function isWhole (req, written) {
  // Given up before it was begun, it has used nothing. And Node itself writes what a chunked body ends with.
  if (written === 0 || req.chunkedEncoding === true) return true
  const head = req._header
  const length = CONTENT_LENGTH.exec(head)
  if (length === null) return written === head.length
  // Of two a peer may go by either, and Node writes what it was given.
  const isOnly = !CONTENT_LENGTH.test(head.slice(length.index + length[0].length))
  const announced = /** @type {string} */ (length[1])
  return isOnly && /^\d+$/.test(announced) && written - head.length === Number(announced)
}

module.exports = { isWhole }
