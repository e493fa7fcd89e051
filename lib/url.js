'use strict'

const { badInput, shown } = require('./errors')

/**
 * Where a request goes.
 * @typedef {object} Place
 * @property {string} origin as written in the URL, so good as a key of a cache
 * @property {string} target path and query
 * @property {URL | null} url when it had to be parsed
 */

// What the URL parser would leave as it is in a path and query. An apostrophe is left out because it is
// encoded in queries, and everything with a dot segment because those are resolved away.
const PLAIN_TARGET = /^\/[\w!$&()*+,\-./:;=?@~%]*$/
const DOT_SEGMENT = /\/(?:\.|%2e)/i

/**
 * Splits a URL without parsing it where that gives the same: parsing costs more than the rest of a request.
 * @param {string | URL} input
 * @returns {Place}
 */
function split (input) {
  if (typeof input === 'string' && (input.startsWith('http://') || input.startsWith('https://'))) {
    const slash = input.indexOf('/', 8)
    if (slash > 8) {
      const target = input.substring(slash)
      const origin = input.substring(0, slash)
      if (PLAIN_TARGET.test(target) && !DOT_SEGMENT.test(target) && !origin.includes('@') && !origin.includes('?') && !origin.includes('#')) {
        return { origin, target, url: null }
      }
    }
  }
  const url = parse(input)
  const userinfo = url.username === '' && url.password === '' ? '' : `${url.username}:${url.password}@`
  return { origin: `${url.protocol}//${userinfo}${url.host}`, target: url.pathname + url.search, url }
}

/**
 * @param {unknown} input
 * @returns {URL}
 */
function parse (input) {
  let url
  if (typeof input === 'string') {
    url = URL.canParse(input) ? new URL(input) : null
  } else {
    url = input instanceof Object && 'href' in input ? new URL(String(input.href)) : null
  }
  if (url === null) {
    throw badInput(TypeError, 'ERR_INVALID_URL', `url must be an absolute http: or https: URL; received ${shown(input)}`)
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw badInput(TypeError, 'ERR_INVALID_PROTOCOL', `url must be an http: or https: URL; received protocol '${url.protocol}'`)
  }
  return url
}

/**
 * An origin's parts, from its own text.
 * @param {string} origin `scheme://host:port`
 */
function parts (origin) {
  const url = parse(origin)
  const scheme = url.protocol.slice(0, -1)
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port)
  const userinfo = url.username === '' && url.password === '' ? null : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return { scheme, host, port, userinfo }
}

module.exports = { split, parts }
