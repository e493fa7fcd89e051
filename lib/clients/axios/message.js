'use strict'

// A reply of the pool's in the shape of Node's IncomingMessage, as far as axios and its users read one. It has no
// `httpVersion`: the engine does not tell whether it came over HTTP/1.1 or HTTP/2.

const { STATUS_CODES } = require('node:http')

/** Of which Node keeps the first. */
const SINGLE = new Set([
  'age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host', 'if-modified-since', 'if-unmodified-since',
  'last-modified', 'location', 'max-forwards', 'proxy-authorization', 'referer', 'retry-after', 'server', 'user-agent'
])

/** What silence in a body is to a request that has a limit of its own; to others it is the pool's error. */
const kOnSilence = Symbol('rag-pool.onSilence')

/**
 * @param {import('../../../types/request').ResponseData} reply
 * @param {object} request
 * @returns {any}
 */
function messageOf (reply, request) {
  const message = /** @type {any} */ (reply.body)
  message.statusCode = reply.statusCode
  // HTTP/2 has no phrases, and who reads `statusText` knows axios from HTTP/1.1 alone.
  message.statusMessage = reply.statusText || STATUS_CODES[reply.statusCode] || ''
  message.headers = headersOf(reply.headers)
  message.req = request
  message.destroy = destroy
  return message
}

/**
 * As Node, a message that breaks off says `aborted` before anything else.
 * @this {any}
 * @param {any} [error]
 */
function destroy (error) {
  const { destroyed, [kOnSilence]: onSilence } = this
  // Only the pool's own errors have a phase; others are the caller's.
  if (!destroyed && error?.phase !== undefined) {
    if (error.code === 'ERR_POOL_BODY_TIMEOUT') onSilence?.()
    else this.emit('aborted')
  }
  return Object.getPrototypeOf(this).destroy.call(this, error)
}

/** @param {Record<string, string | string[]>} headers */
function headersOf (headers) {
  for (const name in headers) {
    const value = headers[name]
    if (name === 'set-cookie') headers[name] = /** @type {string[]} */ ([value].flat())
    else if (Array.isArray(value)) headers[name] = SINGLE.has(name) ? /** @type {string} */ (value[0]) : value.join(name === 'cookie' ? '; ' : ', ')
  }
  return headers
}

/** @param {any} options of a step */
function originOf ({ protocol, hostname, port }) {
  const host = hostname.includes(':') ? `[${hostname}]` : hostname
  return `${protocol}//${host}${port === '' || port === undefined || port === null ? '' : `:${port}`}`
}

/** @param {any} options of a step */
function urlOf (options) {
  return originOf(options) + options.path
}

/** As axios' users know it: with credentials and fragment. @param {any} options of a step */
function shownUrlOf (options) {
  const { auth, hash } = options
  if (!auth && !hash) return urlOf(options)
  const [scheme, rest] = urlOf(options).split(/(?<=\/\/)(.*)/s)
  return `${scheme}${auth ? `${encodeURIComponent(auth).replaceAll('%3A', ':')}@` : ''}${rest}${hash ?? ''}`
}

module.exports = { kOnSilence, messageOf, originOf, shownUrlOf, urlOf }
