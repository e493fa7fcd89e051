'use strict'

const CONTENT_LENGTH = /^content-length:[ \t]*(\d+)[ \t]*\r$/im

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
  // What Node itself has read of the head spares most requests another look.
  if (written === head.length && req._contentLength === 0) return true
  return written - head.length === Number(CONTENT_LENGTH.exec(head)?.[1] ?? 0)
}

module.exports = { isWhole }
