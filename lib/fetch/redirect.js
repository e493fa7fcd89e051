'use strict'

const { CREDENTIALS, OF_A_BODY, leavesBody, target } = require('../redirect-rules')
const { split } = require('../url')
const { policyOf } = require('./referrer')
const { isOnce } = require('./request-body')
const { without } = require('./request-headers')

/** @typedef {import('./call').Call} Call */

const MOST = 20

/**
 * The next call, as the Fetch standard makes it (4.5, HTTP-redirect fetch).
 * @param {Call} call
 * @param {number} status
 * @param {string} head of the reply
 * @param {number} followed so far
 * @returns {Call}
 * @throws {Error} with the platform's message, when it is not to be followed
 */
function redirected (call, status, head, followed) {
  if (call.redirect === 'error') throw new Error('unexpected redirect')
  const from = new URL(call.url)
  const to = target(valuesIn(head, 'location')[0] ?? '', from)
  if (to.hash === '') to.hash = from.hash
  if (to.protocol !== 'http:' && to.protocol !== 'https:') throw new Error('URL scheme must be a HTTP(S) scheme')
  if (followed === MOST) throw new Error('redirect count exceeded')
  if (call.mode === 'cors' && (to.username !== '' || to.password !== '')) throw new Error('cross origin not allowed for request mode "cors"')
  if (status !== 303 && isOnce(/** @type {any} */ (call.body))) throw new Error()
  const isBare = leavesBody(status, call.method)
  const isElsewhere = to.origin !== from.origin
  if (isElsewhere && call.mode === 'same-origin') throw new Error('request mode cannot be "same-origin"')
  const pairs = isBare || isElsewhere
    ? without(call.pairs, name => (isBare && OF_A_BODY.has(name)) || (isElsewhere && CREDENTIALS.has(name)))
    : call.pairs
  const referrerPolicy = policyOf(valuesIn(head, 'referrer-policy').join()) ?? call.referrerPolicy
  const next = { ...call, referrerPolicy, url: to.href, place: split(to.href), pairs, type: isElsewhere ? tainted(call) : call.type }
  return isBare ? { ...next, method: 'GET', body: null } : next
}

/** It has left its origin once, and does not come back. @param {Call} call */
function tainted ({ type, mode }) {
  return type !== 'basic' ? type : mode === 'no-cors' ? 'opaque' : 'cors'
}

/**
 * The values under a name, one for each line.
 * @param {string} head `reason\nname\nvalue…`
 * @param {string} name in lower case
 */
function valuesIn (head, name) {
  const lines = head.split('\n')
  return lines.filter((_, i) => i % 2 === 0 && i > 0 && lines[i - 1] === name)
}

module.exports = { redirected, valuesIn }
