'use strict'

const { HeaderLines, TOKEN } = require('../headers')
const { refusalOf } = require('./refusals')

/** Name and value by turns; names in lower case. @typedef {string[]} Pairs */

/** A value that `Headers` would leave as it is. */
const PLAIN_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/

/** A request that is about the state of a cache is not to be answered from one. */
const CONDITIONAL = ['if-modified-since', 'if-none-match', 'if-unmodified-since', 'if-match', 'if-range']

/**
 * Headers as they are given, read as the platform reads them.
 * @param {any} headers
 * @returns {Pairs | null} null where the platform is to be asked, which knows what to say of them
 */
function pairsOf (headers) {
  if (headers === undefined) return []
  if (headers instanceof Headers) return listed(headers)
  return isRecord(headers) ? plainPairs(headers) : null
}

/**
 * @param {Headers} headers
 * @returns {Pairs}
 */
function listed (headers) {
  /** @type {Pairs} */
  const pairs = []
  for (const [name, value] of headers) {
    // Alone of all it comes once for each of its values, and is combined in a request nevertheless.
    if (name === 'set-cookie' && has(pairs, name)) pairs[pairs.length - 1] += `, ${value}`
    else pairs.push(name, value)
  }
  return pairs
}

/** @param {any} value */
function isRecord (value) {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/**
 * Without the cost of a `Headers`, where one would change nothing but the names' case.
 * @param {Record<string, any>} record
 * @returns {Pairs | null}
 */
function plainPairs (record) {
  /** @type {Pairs} */
  const pairs = []
  if (Object.getOwnPropertySymbols(record).length > 0) return null
  for (const name of Object.keys(record)) {
    const value = record[name]
    if (typeof value !== 'string' || !PLAIN_VALUE.test(value) || !TOKEN.test(name)) return null
    const lower = name.toLowerCase()
    if (has(pairs, lower)) return null
    pairs.push(lower, value)
  }
  return pairs
}

/**
 * @param {Pairs} pairs
 * @param {string} name
 */
function has (pairs, name) {
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return true
  return false
}

/**
 * @param {Pairs} pairs
 * @param {(name: string) => boolean} isLeft
 */
function without (pairs, isLeft) {
  return pairs.filter((_, at) => !isLeft(/** @type {string} */ (pairs[at - at % 2])))
}

/** What the caller has no say in (Fetch standard, 4.6, HTTP-network-or-cache fetch). */
const NOT_HIS = ['sec-fetch-mode', 'host']

/** What most calls send and nothing else. */
const USUAL = {
  http: linesOf(unasked([], 'http:', 'cors', 'default', null)),
  https: linesOf(unasked([], 'https:', 'cors', 'default', null))
}

/**
 * A head's lines: what the caller gave, and what the platform's fetch sends unasked.
 * @param {Pairs} pairs
 * @param {boolean} isSecure
 * @param {string} mode
 * @param {string} cache
 * @param {string | null} referrer
 * @returns {HeaderLines}
 */
function completed (pairs, isSecure, mode, cache, referrer) {
  if (pairs.length === 0 && mode === 'cors' && cache === 'default' && referrer === null) return isSecure ? USUAL.https : USUAL.http
  return linesOf(unasked(pairs, isSecure ? 'https:' : 'http:', mode, cache, referrer))
}

/**
 * @param {Pairs} pairs
 * @param {string} protocol
 * @param {string} mode
 * @param {string} cache
 * @param {string | null} referrer
 * @returns {Pairs}
 */
function unasked (pairs, protocol, mode, cache, referrer) {
  const all = NOT_HIS.some(name => has(pairs, name)) ? without(pairs, name => NOT_HIS.includes(name)) : pairs.slice()
  const add = (/** @type {string} */ name, /** @type {string} */ value) => { if (!has(pairs, name)) all.push(name, value) }
  add('accept', '*/*')
  add('accept-language', '*')
  if (referrer !== null) add('referer', referrer)
  all.push('sec-fetch-mode', mode)
  add('user-agent', 'node')
  const kind = cache === 'default' && CONDITIONAL.some(name => has(pairs, name)) ? 'no-store' : cache
  if (kind === 'no-cache') add('cache-control', 'max-age=0')
  if (kind === 'no-store' || kind === 'reload') {
    add('pragma', 'no-cache')
    add('cache-control', 'no-cache')
  }
  if (has(pairs, 'range')) append(all, 'accept-encoding', 'identity')
  else add('accept-encoding', protocol === 'https:' ? 'br, gzip, deflate' : 'gzip, deflate')
  return all
}

/**
 * As the last of a list, where there is one.
 * @param {Pairs} all
 * @param {string} name
 * @param {string} value
 */
function append (all, name, value) {
  const at = all.findIndex((one, i) => i % 2 === 0 && one === name)
  if (at < 0) all.push(name, value)
  else all[at + 1] += `, ${value}`
}

/** @param {Pairs} pairs */
function linesOf (pairs) {
  const lines = new HeaderLines()
  for (let i = 0; i < pairs.length; i += 2) {
    try {
      lines.add(pairs[i], pairs[i + 1])
    } catch (error) {
      throw refusalOf(String(pairs[i]), error)
    }
  }
  return lines
}

module.exports = { completed, has, listed, pairsOf, without }
