'use strict'

const { badInput, shownKind } = require('./errors')

/**
 * Request headers as undici takes them: an object, a flat array, or anything that iterates over pairs.
 * @typedef {Record<string, string | number | boolean | readonly string[] | undefined> | readonly string[] | Iterable<readonly [string, string | readonly string[]]>} HeadersInput
 */

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// RFC 9110 5.5: HTAB, SP, visible characters and obs-text. A reason phrase is of the same (RFC 9112 4).
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/
// RFC 9110 7.2, without the percent signs that a name can have by RFC 3986 and no host has: HTTP/2 carries none.
const HOST = /^(?:[\w\-.~!$&'()*+,;=]+|\[[\w\-.~!$&'()*+,;=:]+\])(?::\d*)?$/

/** What the engine's map of headers holds, less the few that it adds itself. */
const MOST_LINES = 24_000
const LONGEST_NAME = 65_535

/** Headers by which a message is framed or a connection governed: the engine's own, as in undici. */
const FORBIDDEN = new Set(['transfer-encoding', 'keep-alive', 'upgrade', 'expect', 'proxy-connection'])

/** Names seen before, lower-cased: applications send the same few. Bounded, since names may be generated. */
const known = new Map()
const MOST_KNOWN = 512

/**
 * @param {unknown} name
 * @returns {string}
 */
function nameOf (name) {
  const found = known.get(name)
  if (found !== undefined) return found
  const lower = anyNameOf(name)
  if (FORBIDDEN.has(lower)) {
    throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', `Header '${lower}' is the connection's own; use an agent to send it`)
  }
  if (known.size < MOST_KNOWN) known.set(name, lower)
  return lower
}

/**
 * A name that a request or a reply may have.
 * @param {unknown} name
 * @returns {string}
 */
function anyNameOf (name) {
  if (typeof name !== 'string' || !TOKEN.test(name)) {
    throw badInput(TypeError, 'ERR_INVALID_HTTP_TOKEN', `Header name must be a valid HTTP token; received ${typeof name === 'string' ? unsound(name) : shownKind(name)}`)
  }
  if (name.length > LONGEST_NAME) {
    throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `Header name must be at most ${LONGEST_NAME} characters; received ${name.length}`)
  }
  return name.toLowerCase()
}

/**
 * What is wrong with a name, of which nothing is shown: it may be a whole line with its value, or the two may have changed places.
 * @param {string} name
 */
function unsound (name) {
  const at = [...name].findIndex(character => !TOKEN.test(character))
  return at < 0 ? 'an empty text' : `a text whose character ${at + 1} is none of a token`
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {string}
 */
function valueOf (name, value) {
  const text = typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
  if (text === null) {
    throw badInput(TypeError, 'ERR_HTTP_INVALID_HEADER_VALUE', `Invalid value for header '${name}': must be a string, a number or an array of strings; received ${value === null || typeof value !== 'object' ? shownKind(value) : 'an object'}`)
  }
  if (BAD_VALUE.test(text)) {
    // The value itself may be a secret and is not shown.
    throw badInput(TypeError, 'ERR_INVALID_CHAR', `Invalid character in the value of header '${name}'`)
  }
  return text
}

/** The lines of a request's head, as they cross: `name\nvalue` each, with a leading newline. */
class HeaderLines {
  text = ''
  #count = 0
  /** The caller's own content-length, which has to agree with the body. @type {string | undefined} */
  contentLength
  #hasHost = false
  hasAuthorization = false
  hasContentType = false

  /**
   * @param {unknown} name
   * @param {unknown} value
   */
  add (name, value) {
    if (value === undefined) return
    const lower = nameOf(name)
    if (Array.isArray(value)) {
      for (const one of value) this.#line(lower, valueOf(lower, one))
    } else {
      this.#line(lower, valueOf(lower, value))
    }
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  #line (name, value) {
    if (name === 'content-length') {
      if (this.contentLength !== undefined && this.contentLength !== value) {
        throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', "Header 'content-length' must have one value; received two that differ")
      }
      this.contentLength = value
      return
    }
    if (name === 'host') this.#checkHost(value)
    if (name === 'connection' && !/^(?:close|keep-alive)$/i.test(value)) {
      throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', "Header 'connection' must be 'close' or 'keep-alive'; use an agent to send another")
    }
    if (++this.#count > MOST_LINES) {
      throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `headers must be at most ${MOST_LINES} lines`)
    }
    if (name === 'authorization') this.hasAuthorization = true
    else if (name === 'content-type') this.hasContentType = true
    this.text += `\n${name}\n${value}`
  }

  /**
   * Here, for HTTP/2 has no word for what is no host, and a server of HTTP/1.1 has but 400.
   * @param {string} value
   */
  #checkHost (value) {
    if (!HOST.test(value)) throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', "Header 'host' must be a host, with a port or without")
    if (this.#hasHost) throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', "Header 'host' must have one value; received two")
    this.#hasHost = true
  }
}

/** What takes headers, one name after another. @typedef {{ add (name: unknown, value: unknown): void }} Lines */

/**
 * @param {HeadersInput | null | undefined} headers
 * @returns {HeaderLines}
 */
function encode (headers) {
  return addAll(new HeaderLines(), headers)
}

/**
 * @template {Lines} Kind
 * @param {Kind} lines
 * @param {HeadersInput | null | undefined} headers
 * @returns {Kind}
 */
function addAll (lines, headers) {
  if (headers === undefined || headers === null) return lines
  if (Array.isArray(headers)) {
    addArray(lines, headers)
  } else if (typeof headers !== 'object') {
    throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `headers must be an object, an array or iterable; received ${shownKind(headers)}`)
  } else if (Symbol.iterator in headers) {
    for (const pair of /** @type {Iterable<unknown>} */ (headers)) addPair(lines, pair)
  } else {
    const bag = /** @type {Record<string, unknown>} */ (headers)
    for (const name of Object.keys(bag)) lines.add(name, bag[name])
  }
  return lines
}

/**
 * @param {Lines} lines
 * @param {readonly unknown[]} list flat, or of pairs
 */
function addArray (lines, list) {
  if (list.length > 0 && Array.isArray(list[0])) {
    for (const pair of list) addPair(lines, pair)
    return
  }
  if (list.length % 2 !== 0) {
    throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', 'headers, as a flat array, must have an even number of elements')
  }
  for (let i = 0; i < list.length; i += 2) lines.add(list[i], list[i + 1])
}

/**
 * @param {Lines} lines
 * @param {unknown} pair
 */
function addPair (lines, pair) {
  if (!Array.isArray(pair) || pair.length !== 2) {
    throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', 'headers must iterate over [name, value] pairs')
  }
  lines.add(pair[0], pair[1])
}

/**
 * A reply's headers, in undici's shape: lower-case names, an array where a name came more than once.
 * @param {string} text `name\nvalue\n…`
 * @returns {Record<string, string | string[]>}
 */
function decode (text) {
  /** @type {Record<string, string | string[]>} */
  const headers = {}
  if (text === '') return headers
  const lines = text.split('\n')
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const name = /** @type {string} */ (lines[i])
    const value = /** @type {string} */ (lines[i + 1])
    const before = Object.hasOwn(headers, name) ? headers[name] : undefined
    if (before === undefined) {
      if (name === '__proto__') Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true })
      else headers[name] = value
    } else if (typeof before === 'string') {
      headers[name] = [before, value]
    } else {
      before.push(value)
    }
  }
  return headers
}

/**
 * One line of a head, as it crosses.
 * @param {unknown} name
 * @param {unknown} value
 */
function lineOf (name, value) {
  const lower = nameOf(name)
  return `\n${lower}\n${valueOf(lower, value)}`
}

module.exports = { BAD_VALUE, HeaderLines, TOKEN, addAll, anyNameOf, decode, encode, lineOf, valueOf }
