'use strict'

const { badInput, shownUrl } = require('./errors')

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
// What the parser would not take for a host, but for userinfo or, a backslash too, for the host's end; and blanks, which it
// refuses in a URL and trims off an origin that stands alone.
const UNPLAIN_ORIGIN = /[^!-~]|[@?#\\]/

/**
 * A place whose path and query go out as they are: a client has encoded them already, by rules of its own. To a pool of another
 * copy of the package it is a URL like any other.
 */
class Written {
  /**
   * @param {string} origin
   * @param {string} target of characters that an HTTP request's target may have
   */
  constructor (origin, target) {
    this.origin = origin
    this.target = target
  }

  get href () {
    return this.origin + this.target
  }
}

/**
 * Places of URLs that were asked for before: a client of an API has few. None with a query, which may be a secret, and whose
 * next value is another.
 * @type {Map<string, Place>}
 */
const known = new Map()
const MOST_KNOWN = 256
const LONGEST_KNOWN = 256

/** The last of them: to compare a text that was just put together costs less than its hash does. @type {Place | undefined} */
let lastPlace
let lastText = ''

/**
 * Splits a URL without parsing it where that gives the same: parsing costs more than the rest of a request.
 * @param {string | URL | Written} input
 * @returns {Place}
 */
function split (input) {
  if (typeof input === 'string') return lastPlace !== undefined && input === lastText ? lastPlace : splitKnown(input)
  if (input instanceof Written) return { origin: input.origin, target: input.target, url: null }
  return splitUrl(input)
}

/**
 * @param {string} text
 * @returns {Place}
 */
function splitKnown (text) {
  const place = known.get(text)
  if (place === undefined) return splitText(text)
  lastText = text
  lastPlace = place
  return place
}

/**
 * @param {string} text
 * @returns {Place}
 */
function splitText (text) {
  const slash = text.startsWith('http://') || text.startsWith('https://') ? text.indexOf('/', 8) : -1
  if (slash <= 8) return splitUrl(text)
  const target = text.substring(slash)
  const origin = text.substring(0, slash)
  if (!PLAIN_TARGET.test(target) || DOT_SEGMENT.test(target) || UNPLAIN_ORIGIN.test(origin)) return splitUrl(text)
  const place = { origin, target, url: null }
  if (text.length <= LONGEST_KNOWN && !target.includes('?')) {
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(text, place)
  }
  return place
}

/**
 * @param {unknown} input
 * @returns {Place}
 */
function splitUrl (input) {
  const url = parse(input)
  const userinfo = url.username === '' && url.password === '' ? '' : `${url.username}:${url.password}@`
  return { origin: `${url.protocol}//${userinfo}${url.host}`, target: url.pathname + queryOf(url), url }
}

/** An empty query is one, though `search` does not say so (URL standard, 4.5). @param {URL} url */
function queryOf ({ search, href }) {
  if (search !== '') return search
  const end = href.indexOf('#')
  return href.endsWith('?', end < 0 ? href.length : end) ? '?' : ''
}

/**
 * @param {unknown} input
 * @returns {URL}
 */
function parse (input) {
  // By its shape and not its class: a URL may come from another realm.
  const text = typeof input === 'object' && input !== null && 'href' in input ? String(input.href) : input
  const url = typeof text === 'string' ? parsed(text) : null
  if (url === null) throw badInput(TypeError, 'ERR_INVALID_URL', `url must be an absolute http: or https: URL; received ${shownUrl(input)}`)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    // What has no host may be credentials without a scheme, and its protocol a user.
    const received = url.host === '' && url.pathname.includes('@') ? 'a text with an @' : `protocol '${url.protocol}'`
    throw badInput(TypeError, 'ERR_INVALID_PROTOCOL', `url must be an http: or https: URL; received ${received}`)
  }
  return url
}

/**
 * Not by `URL.canParse`, which on Node 20 denies umlauts once it is compiled.
 * @param {string} text
 * @param {URL} [base]
 */
function parsed (text, base) {
  try {
    return new URL(text, base)
  } catch {
    return null
  }
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
  return { scheme, host, port, userinfo: userinfoOf(url) }
}

/** @param {URL} url */
function userinfoOf ({ username, password }) {
  if (username === '' && password === '') return null
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  } catch {
    throw badInput(TypeError, 'ERR_INVALID_URL', 'The credentials in url must be percent-encoded UTF-8')
  }
}

module.exports = { Written, parsed, parts, split }
