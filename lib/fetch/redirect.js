'use strict'

const { split } = require('../url')
const { isOnce } = require('./request-body')
const { without } = require('./request-headers')

/** @typedef {import('./call').Call} Call */

const STATUSES = new Set([301, 302, 303, 307, 308])
const MOST = 20
/** Not for another origin's eyes. */
const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization', 'host'])
/** They describe a body, and go with it. */
const OF_A_BODY = new Set(['content-encoding', 'content-language', 'content-length', 'content-location', 'content-type'])

/** @param {number} status */
function isRedirect (status) {
  return STATUSES.has(status)
}

/**
 * The next call, as the Fetch standard makes it (4.5, HTTP-redirect fetch).
 * @param {Call} call
 * @param {number} status
 * @param {string} location
 * @param {number} followed so far
 * @returns {Call}
 * @throws {Error} with the platform's message, when it is not to be followed
 */
function redirected (call, status, location, followed) {
  if (call.redirect === 'error') throw new Error('unexpected redirect')
  const from = new URL(call.url)
  const to = new URL(Buffer.from(location, 'latin1').toString(), from)
  if (to.hash === '') to.hash = from.hash
  if (to.protocol !== 'http:' && to.protocol !== 'https:') throw new Error('URL scheme must be a HTTP(S) scheme')
  if (followed === MOST) throw new Error('redirect count exceeded')
  if (call.mode === 'cors' && (to.username !== '' || to.password !== '')) throw new Error('cross origin not allowed for request mode "cors"')
  if (status !== 303 && isOnce(/** @type {any} */ (call.body))) throw new Error()
  const { method } = call
  const isBare = status === 303 ? method !== 'GET' && method !== 'HEAD' : (status === 301 || status === 302) && method === 'POST'
  const isElsewhere = to.origin !== from.origin
  if (isElsewhere && call.mode === 'same-origin') throw new Error('request mode cannot be "same-origin"')
  const pairs = isBare || isElsewhere
    ? without(call.pairs, name => (isBare && OF_A_BODY.has(name)) || (isElsewhere && CREDENTIALS.has(name)))
    : call.pairs
  const next = { ...call, url: to.href, place: split(to.href), pairs, type: isElsewhere ? tainted(call) : call.type }
  return isBare ? { ...next, method: 'GET', body: null } : next
}

/** It has left its origin once, and does not come back. @param {Call} call */
function tainted ({ type, mode }) {
  return type !== 'basic' ? type : mode === 'no-cors' ? 'opaque' : 'cors'
}

module.exports = { isRedirect, redirected }
