'use strict'

const { leavesBody } = require('../../redirect-rules')
const { urlOf } = require('./message')

/** Not for another host's eyes. */
const CREDENTIALS = /^(?:authorization|proxy-authorization|cookie)$/i

/** An error of redirecting, with the codes and words that axios' users know. */
class RedirectError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {unknown} [cause]
   */
  constructor (code, message, cause) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }

  /** @override */
  get name () {
    return `Error [${this.code}]`
  }
}

/**
 * Where a reply sends on to; null where it does not.
 * @param {import('../../../types/request').ResponseData} reply
 * @returns {string | null}
 */
function locationOf ({ statusCode, headers }) {
  if (statusCode < 300 || statusCode > 399) return null
  const [location] = [headers.location].flat()
  return location || null
}

/**
 * Turns the options of a step into those of the next.
 * @param {any} options as axios made them
 * @param {import('../../../types/request').ResponseData} reply
 * @param {string} location
 * @returns {boolean} whether the body is left behind
 */
function redirect (options, reply, location) {
  const { method } = options
  const bare = leavesBody(reply.statusCode, method)
  try {
    const requestHeaders = { ...options.headers }
    if (bare) {
      options.method = 'GET'
      drop(options.headers, /^content-/i)
    }
    move(options, reply, location, method, requestHeaders)
  } catch (error) {
    throw new RedirectError('ERR_FR_REDIRECTION_FAILURE', `Redirected request failed: ${/** @type {any} */ (error).message}`, error)
  }
  return bare
}

/**
 * @param {any} options
 * @param {any} reply
 * @param {string} location
 * @param {string} method of the step that was redirected
 * @param {object} headers of it
 */
function move (options, reply, location, method, headers) {
  const from = new URL(urlOf(options))
  const host = drop(options.headers, /^host$/i) ?? from.host
  const base = new URL(from)
  // A relative location is one of the host that was asked for by name.
  if (!/^\w+:/.test(location)) base.host = host
  const to = new URL(location, base)
  if (to.protocol !== 'http:' && to.protocol !== 'https:') throw new TypeError(`Unsupported protocol ${to.protocol}`)
  spread(to, options)
  const isLessSecure = to.protocol !== from.protocol && to.protocol !== 'https:'
  if (isLessSecure || (to.host !== host && !isBelow(to.host, host))) drop(options.headers, CREDENTIALS)
  const first = options.first ??= { auth: options.auth, origin: from.origin }
  // axios' own rules for a step to another origin, which differ by its version.
  options.beforeRedirect?.(options, { headers: reply.headers, statusCode: reply.statusCode }, { url: from.href, method, headers })
  options.auth = to.origin === first.origin ? first.auth : undefined
}

/**
 * @param {URL} url
 * @param {any} options
 */
function spread (url, options) {
  const { protocol, hostname, port, pathname, search, hash, host, href } = url
  Object.assign(options, {
    protocol,
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    port: port === '' ? '' : Number(port),
    path: pathname + search,
    pathname,
    search,
    hash,
    host,
    href
  })
}

/**
 * @param {Record<string, any>} headers
 * @param {RegExp} names
 * @returns {string | undefined} the last value
 */
function drop (headers, names) {
  let last
  for (const name of Object.keys(headers)) {
    if (!names.test(name)) continue
    last = headers[name]
    delete headers[name]
  }
  return last
}

/**
 * Whether a host is a subdomain of another.
 * @param {string} host
 * @param {string} domain
 */
function isBelow (host, domain) {
  return host.endsWith(`.${domain}`) && host.length > domain.length + 1
}

module.exports = { RedirectError, locationOf, redirect }
