'use strict'

const querystring = require('node:querystring')
const { INSIDE } = require('./inside')
const abort = require('./abort')
const { badInput, refused, shown, shownKind } = require('./errors')
const { Exchange } = require('./exchange')
const headers = require('./headers')
const native = require('./native')
const { Submission } = require('./ring/records')
const { send } = require('./send')
const { giveUp } = require('./unsent')
const { outgoing } = require('./upload')
const { split } = require('./url')

/** In the order in which they cross. */
const TIMEOUTS = /** @type {const} */ (['queueTimeout', 'connectTimeout', 'headersTimeout', 'bodyTimeout', 'requestTimeout', 'timeout'])
/** What a request may say for itself. */
const OPTIONS = new Set(['method', 'headers', 'body', 'query', 'signal', 'decompress', ...TIMEOUTS])
const BODY_TIMEOUT = TIMEOUTS.indexOf('bodyTimeout')
const TIMEOUT = TIMEOUTS.indexOf('timeout')
const LONGEST_TIMEOUT = 2 ** 31 - 1
/** What the engine's URI holds. */
const LONGEST_TARGET = 65_534

/** Methods that a user of Node's http may write in lower case. CONNECT is an agent's. */
const METHODS = new Map(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY']
  .flatMap(method => [[method, method], [method.toLowerCase(), method]]))

/**
 * @param {unknown} method
 * @returns {string}
 */
function methodOf (method) {
  if (method === undefined) return 'GET'
  const known = METHODS.get(/** @type {any} */ (method))
  if (known !== undefined) return known
  if (typeof method !== 'string' || !headers.TOKEN.test(method)) {
    throw badInput(TypeError, 'ERR_INVALID_HTTP_TOKEN', `method must be a valid HTTP token; received ${shown(method)}`)
  }
  if (method.toUpperCase() === 'CONNECT') {
    throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', "method 'CONNECT' opens a tunnel, which takes an agent")
  }
  return method
}

/**
 * An option that only a pool has, or a later version, must not be taken for one that is honoured. The engine's
 * table is asked only about a name that is not a request's; one that no version knows passes, as for a pool.
 * @param {object} options
 */
function checkNames (options) {
  for (const name in options) {
    if (OPTIONS.has(name)) continue
    const refusal = native.refuseRequest(options)
    if (refusal !== null) throw refused(refusal)
    return
  }
}

/**
 * @param {any} options
 * @returns {number[] | undefined}
 */
function timeoutsOf (options) {
  // By name, as hardly anybody gives one: a loop over names costs each request a look into caches that all objects share.
  const { timeout, connectTimeout, headersTimeout, bodyTimeout, requestTimeout, queueTimeout } = options
  if (timeout === undefined && connectTimeout === undefined && headersTimeout === undefined && bodyTimeout === undefined &&
    requestTimeout === undefined && queueTimeout === undefined) return undefined
  /** @type {number[] | undefined} */
  let timeouts
  for (let i = 0; i < TIMEOUTS.length; i++) {
    const value = options[/** @type {string} */ (TIMEOUTS[i])]
    if (value === undefined) continue
    // What is allowed stands in the engine's table, which is asked for the sentence when something is not.
    if (!Number.isInteger(value) || value < 0 || value > LONGEST_TIMEOUT) throw refused(native.refuseRequest(options))
    timeouts ??= TIMEOUTS.map(() => Submission.POOLS_OWN)
    timeouts[i] = value
  }
  if (timeouts !== undefined && options.bodyTimeout === undefined && options.timeout !== undefined) {
    timeouts[BODY_TIMEOUT] = /** @type {number} */ (timeouts[TIMEOUT])
  }
  return timeouts
}

/**
 * @param {string} target
 * @param {unknown} query
 */
function withQuery (target, query) {
  if (query === undefined || query === null) return target
  if (typeof query !== 'object' || Symbol.iterator in query !== query instanceof URLSearchParams) {
    throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `query must be an object; received ${shownKind(query)}`)
  }
  // An empty one is as good as none.
  const at = target.indexOf('?')
  if (at >= 0 && at < target.length - 1) {
    throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', 'query cannot be given for a url that has one')
  }
  const text = query instanceof URLSearchParams ? String(query) : encoded(parametersOf(query))
  return text === '' ? target : `${at < 0 ? target : target.slice(0, at)}?${text}`
}

/** @param {any} parameters */
function encoded (parameters) {
  try {
    return querystring.stringify(parameters)
  } catch {
    throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', 'query must be well-formed text; received half a surrogate pair')
  }
}

/**
 * The parameters that are there. What has no text of its own is refused: it would go out as nothing.
 * @param {object} query
 */
function parametersOf (query) {
  const there = Object.entries(query).filter(([, value]) => value !== undefined)
  for (const [name, value] of there) {
    if (Array.isArray(value) ? value.every(isText) : isText(value)) continue
    throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `query.${name} must be a string, a number, a boolean or an array of them; received ${shown(value)}`)
  }
  return Object.fromEntries(there)
}

/** @param {unknown} value */
function isText (value) {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
}

/**
 * The length that a streamed body is announced with, after checking what the caller announced himself.
 * @param {import('./upload').Outgoing} body
 * @param {string | undefined} announced
 * @returns {number | undefined}
 */
function lengthOf (body, announced) {
  if (announced === undefined) return body.length
  const length = /^\d{1,15}$/.test(announced) ? Number(announced) : -1
  if (length < 0) throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', "Header 'content-length' must be a number of bytes")
  if (body.stream !== null) return length
  const actual = body.bytes === null ? 0 : Buffer.byteLength(/** @type {any} */ (body.bytes))
  if (actual !== length) {
    throw badInput(RangeError, 'ERR_HTTP_CONTENT_LENGTH_MISMATCH', `The request body has ${actual} bytes where content-length says ${length}`)
  }
  return undefined
}

/**
 * Everything about a request that can be wrong is found here, before anything is sent.
 * @param {import('./pool').ConnectionPoolManager} pool
 * @param {string | URL} url
 * @param {any} options
 * @returns {import('./send').Ready}
 */
function prepare (pool, url, options) {
  if (typeof options !== 'object' || options === null) {
    throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `options must be an object; received ${shownKind(options)}`)
  }
  checkNames(options)
  const method = methodOf(options.method)
  const place = split(url)
  const target = withQuery(place.target, options.query)
  if (target.length > LONGEST_TARGET) {
    throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `url must have at most ${LONGEST_TARGET} characters of path and query; received ${target.length}`)
  }
  const lines = headers.encode(options.headers)
  const body = outgoing(options.body)
  const signal = abort.checked(options.signal)
  const timeouts = timeoutsOf(options)
  const length = lengthOf(body, lines.contentLength)
  if (options.decompress !== undefined && typeof options.decompress !== 'boolean') {
    throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `decompress must be a boolean; received ${shown(options.decompress)}`)
  }
  const origin = pool[INSIDE].originOf(place.origin)
  let text = lines.text
  if (body.contentType !== undefined && !lines.hasContentType) text += headers.lineOf('content-type', body.contentType)
  if (origin.authorization !== null && !lines.hasAuthorization) text += `\nauthorization\n${origin.authorization}`
  const keep = options.decompress === false ? Submission.KEEP_CODING : 0
  return { place: place.origin, origin, method, target, lines: text, body, length, signal, timeouts, keep, isAnew: false }
}

/**
 * The lowest and fastest call, in the shape of undici's `request`.
 * @param {import('./pool').ConnectionPoolManager} pool
 * @param {string | URL} url
 * @param {any} options
 * @returns {Promise<import('./exchange').ReplyType>}
 */
function request (pool, url, options) {
  return new Promise((resolve, reject) => {
    try {
      send(pool, prepare(pool, url, options), Exchange, resolve, reject)
    } catch (error) {
      giveUp(options?.body, error)
      reject(error)
    }
  })
}

module.exports = { request, lengthOf, LONGEST_TARGET, TIMEOUTS }
