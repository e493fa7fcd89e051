'use strict'

const { badInput, shownUrl } = require('../errors')

/** The port where a URL names none, by what is spoken with the proxy. */
const PORTS = new Map([['http', 80], ['https', 443], ['socks5', 1080], ['socks5h', 1080]])

const A_PROXY = "the URL of a proxy such as 'http://user:password@proxy.example:3128': http, https, socks5 or socks5h, a host and no path"

/** Its scheme, its userinfo up to the last `@`, and its host and port. What follows the host is for the caller to judge. */
const PARTS = /^(?:([a-z][a-z\d+.-]*):\/\/)?(?:([^/?#]*)@)?([^@/?#\\\s]+)(.*)$/is

/** What one byte can count (RFC 1929). */
const LONGEST_SOCKS = 255

/**
 * A proxy, without whom to trust to be it.
 * @typedef {object} Proxy
 * @property {string} kind
 * @property {string} host lower case, an IPv6 address without brackets
 * @property {number} port
 * @property {string} [user]
 * @property {string} [password]
 */

/**
 * Reads the URL of a proxy. A message never holds any of it that may be a password.
 * @param {string} text
 * @param {string} name of the option or variable
 * @param {object} [how]
 * @param {boolean} [how.asCurl] without a scheme it is http, and what stands behind the host is ignored
 * @returns {Proxy}
 * @throws {RangeError}
 */
function proxyOf (text, name, { asCurl = false } = {}) {
  const [, scheme = asCurl ? 'http' : '', userinfo, place = '', rest = ''] = PARTS.exec(text) ?? []
  const kind = asCurl ? scheme.toLowerCase() : scheme
  const port = PORTS.get(kind)
  // As http, whose hosts the platform reads: of an unknown scheme it leaves them as they are.
  const url = `http://${place}/`
  if (port === undefined || !URL.canParse(url) || !(asCurl || rest === '' || rest === '/')) throw refused(name, shownUrl(text))
  const { hostname, port: own } = new URL(url)
  const proxy = { kind, host: hostname.replace(/^\[(.*)\]$/, '$1'), port: portOf(place, own) ?? port }
  if (proxy.port === 0) throw refused(name, shownUrl(text))
  return userinfo === undefined || userinfo === '' ? proxy : { ...proxy, ...credentialsOf(userinfo, kind, name) }
}

/**
 * The platform leaves out the port that http has anyway.
 * @param {string} place
 * @param {string} own
 */
function portOf (place, own) {
  if (own !== '') return Number(own)
  return /:0*80$/.test(place) ? 80 : null
}

/**
 * @param {string} userinfo
 * @param {string} kind
 * @param {string} name
 */
function credentialsOf (userinfo, kind, name) {
  const [first, ...rest] = userinfo.split(':')
  const user = decoded(first ?? '', name)
  const password = decoded(rest.join(':'), name)
  // What cannot be told apart again, or what nothing can carry.
  if (user.includes(':') || [...user + password].some(character => character < ' ' || character === '\x7f')) {
    throw refused(name, 'a user with a colon, or a control character')
  }
  if (kind.startsWith('socks') && [user, password].some(text => !isCountable(text))) {
    throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `${name} must have a user and a password of 1 to ${LONGEST_SOCKS} bytes each, or neither, for SOCKS5; received others`)
  }
  return { user, password }
}

/** @param {string} text */
function isCountable (text) {
  const { length } = Buffer.from(text)
  return length > 0 && length <= LONGEST_SOCKS
}

/**
 * @param {string} text
 * @param {string} name
 */
function decoded (text, name) {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refused(name, 'a user or password that is not percent-encoded')
  }
}

/**
 * @param {string} name
 * @param {string} received
 */
function refused (name, received) {
  return badInput(RangeError, 'ERR_OUT_OF_RANGE', `${name} must be ${A_PROXY}; received ${received}`)
}

module.exports = { proxyOf }
