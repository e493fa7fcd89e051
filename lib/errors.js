'use strict'

/**
 * What the engine tells of a failure. Absent fields are not known.
 * @typedef {object} Failure
 * @property {string} code
 * @property {string} phase
 * @property {string} message
 * @property {string} [origin] `scheme://host:port`
 * @property {string} [proxy] `scheme://host:port`
 * @property {number} [proxyStatus]
 * @property {number} [errno]
 * @property {string} [syscall]
 * @property {string} [address]
 * @property {number} [port]
 * @property {string} [hostname]
 * @property {string} [reason] what is wrong with the name of a certificate
 * @property {string} [host] whose certificate it should have been
 * @property {string[]} [certificates] it and those that vouch for it, in hexadecimal
 * @property {{total: number, active: number, idle: number, waiting: number}} [occupancy]
 * @property {string} [lastFailure]
 * @property {boolean} [reusedSocket]
 * @property {number} [bytesRead]
 * @property {number} [bytesWritten]
 * @property {boolean} [mayHaveBeenProcessed]
 * @property {any} [thrown] the error of the user's own function that this one stands for
 * @property {Failure[]} [causes]
 */

/** By which evaluations and copies of the package know each other's errors: they share a global pool as well. */
const BRAND = Symbol.for('rag-connection-pool.PoolError')

/**
 * A request that failed. `code` is Node's where Node has one (`ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`,
 * `HPE_INVALID_CONSTANT`) and `ERR_POOL_*` otherwise; `phase` tells how far the request came.
 */
class PoolError extends Error {
  /** @param {Failure} failure */
  constructor (failure) {
    const { message, causes, thrown, certificates, ...facts } = failure
    const every = causes === undefined ? undefined : causesOf(message, causes)
    const cause = thrown ?? every
    super(message, cause === undefined ? undefined : { cause })
    Object.assign(this, facts)
    // As on the AggregateError that Node gives in such a case.
    if (every !== undefined) this.errors = every.errors
    if (certificates !== undefined) showCertificate(this, certificates)
  }

  /** @override */
  get name () {
    return 'PoolError'
  }

  get [BRAND] () {
    return true
  }

  /**
   * @param {unknown} value
   * @override
   */
  static [Symbol.hasInstance] (value) {
    if (this !== PoolError) return Function.prototype[Symbol.hasInstance].call(this, value)
    return typeof value === 'object' && value !== null && /** @type {any} */ (value)[BRAND] === true
  }
}

/**
 * As Node does, but read when it is looked at, and in no log: a root is its own issuer, which JSON cannot write.
 * @param {PoolError} error
 * @param {string[]} certificates
 */
function showCertificate (error, certificates) {
  /** @type {any} */
  let shown
  Object.defineProperty(error, 'cert', {
    configurable: true,
    get: () => (shown ??= require('./certificates').peerCertificate(certificates, true))
  })
}

/**
 * Every address was tried and each failed in its own way.
 * @param {string} message
 * @param {Failure[]} causes
 */
function causesOf (message, causes) {
  return new AggregateError(causes.map(cause => new PoolError(cause)), message)
}

/**
 * A wrong argument, in the class and with the code that Node uses for its kind.
 * @template {TypeErrorConstructor | RangeErrorConstructor} Class
 * @param {Class} Class
 * @param {string} code
 * @param {string} message
 */
function badInput (Class, code, message) {
  return Object.assign(new Class(message), { code })
}

/**
 * What the engine says of an option that cannot be had.
 * @param {import('./native').Refusal | null} refusal
 * @param {string} [where] what stands before the option's name
 */
function refused (refusal, where = '') {
  const { message, range } = refusal ?? { message: 'an option cannot be used', range: false }
  return range ? badInput(RangeError, 'ERR_OUT_OF_RANGE', where + message) : badInput(TypeError, 'ERR_INVALID_ARG_TYPE', where + message)
}

/**
 * A value that has to be an object.
 * @param {unknown} value
 * @param {string} name
 * @returns {Record<string, any>}
 * @throws {TypeError} when it is none
 */
function asObject (value, name) {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `${name} must be an object; received ${shownKind(value)}`)
}

/**
 * What the caller passed, short enough for a message.
 * @param {unknown} value
 */
function shown (value) {
  if (typeof value === 'string') return `'${oneLine(value.length > 64 ? `${value.slice(0, 64)}…` : value)}'`
  if (typeof value === 'function') return `function ${value.name}`
  if (typeof value === 'object' && value !== null) return `an instance of ${value.constructor?.name ?? 'Object'}`
  return String(value)
}

/**
 * Of a value that stands where secrets do: a text that was given for something else may be one.
 * @param {unknown} value
 */
function shownKind (value) {
  return typeof value === 'string' || typeof value === 'symbol' ? `a ${typeof value}` : shown(value)
}

/**
 * Without a character that would begin a line in a log or move a terminal's cursor.
 * @param {string} text
 */
function oneLine (text) {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/**
 * What a message says of something that should have been a URL: of a text no query, and nothing if there may be a password in it.
 * @param {unknown} value
 */
function shownUrl (value) {
  return typeof value === 'string' ? veiled(value) ?? shown(withoutQuery(value)) : shown(value)
}

/**
 * What is said in place of a text that may hold a password.
 * @param {string} text
 */
function veiled (text) {
  if (text.includes('@')) return 'a text with an @'
  // Of `http://user:secret` the host is missing, and what looks like a port may be the secret.
  const [, looksLikePort = ''] = /^(?:[a-z][\w+.-]*:(?=[/\\]))?[/\\]*[^/[\]]*?:([^/]*)/i.exec(withoutQuery(text)) ?? []
  return /^\d{0,5}$/.test(looksLikePort) ? null : 'a text whose port is none'
}

/** @param {string} text */
function withoutQuery (text) {
  return text.replace(/[?#].*$/s, '')
}

module.exports = { PoolError, asObject, badInput, refused, shown, shownKind, shownUrl, veiled, withoutQuery }
