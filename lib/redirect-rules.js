'use strict'

// What fetch, the generic client and axios have in common about redirects (RFC 9110, 15.4; Fetch standard, 4.5).

const { badInput } = require('./errors')
const { parsed } = require('./url')

const STATUSES = new Set([301, 302, 303, 307, 308])
/** Not for another origin's eyes. */
const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization', 'host'])
/** They describe a body, and go with it. */
const OF_A_BODY = new Set(['content-encoding', 'content-language', 'content-length', 'content-location', 'content-type'])

/** @param {number} status */
function isRedirect (status) {
  return STATUSES.has(status)
}

/**
 * Whether the next step is a GET without a body, whatever this one was.
 * @param {number} status
 * @param {string} method in upper case
 */
function leavesBody (status, method) {
  return status === 303 ? method !== 'GET' && method !== 'HEAD' : (status === 301 || status === 302) && method === 'POST'
}

/**
 * Where a reply leads.
 * @param {string} location a byte each character, which are read as UTF-8
 * @param {URL} from
 * @throws {TypeError} without what the platform's own shows: the whole of both texts, with the secrets that a query may hold
 */
function target (location, from) {
  const to = parsed(Buffer.from(location, 'latin1').toString(), from)
  if (to === null) throw badInput(TypeError, 'ERR_INVALID_URL', `${from.origin} redirected to what is no URL`)
  return to
}

module.exports = { CREDENTIALS, OF_A_BODY, isRedirect, leavesBody, target }
