'use strict'

/** Methods of which a second sending does what the first does (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY'])

/**
 * Whether a request may go out twice, by its method or because its server was given the means to tell.
 * @param {import('node:http').ClientRequest} req
 */
function isIdempotent (req) {
  return IDEMPOTENT.has(req.method) || req.getHeader('idempotency-key') !== undefined
}

module.exports = { isIdempotent }
