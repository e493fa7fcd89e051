'use strict'

// The generic client of an application: JSON in, JSON out, over a pool. What it does not say itself it does as axios and
// fetch agree on: redirects are followed, a status of whatever kind is a reply.

const { asObject, badInput, shown, shownKind } = require('../errors')
const { chosenPool } = require('./chosen-pool')
const { encodeData } = require('./http-data')
const { HttpReply, HttpStatusError } = require('./http-reply')
const { locate } = require('./http-target')
const { follow } = require('./redirects')

const PHASES = /** @type {const} */ (['queueTimeout', 'connectTimeout', 'headersTimeout', 'bodyTimeout'])
const CONFIG = ['url', 'method', 'baseURL', 'headers', 'params', 'query', 'data', 'timeout', ...PHASES, 'signal', 'responseType', 'maxRedirects', 'throwOnError']
const KNOWN = new Set(CONFIG)
const RESPONSE_TYPES = ['auto', 'json', 'text', 'arraybuffer', 'stream']

/** What is sent unless the caller says otherwise; null takes one away. */
const HEADERS = {
  accept: 'application/json, text/plain, */*',
  'accept-encoding': 'gzip, deflate, br',
  'user-agent': 'rag-connection-pool'
}

/** @typedef {import('../../types/clients').HttpClientConfig} Config */

/**
 * A client over a pool. What `options` say holds for each call that does not say otherwise.
 * @param {import('../../types/clients').HttpClientOptions} [options]
 * @param {import('../pool').ConnectionPoolManager} [given] the pool; default: the global one
 * @returns {import('../../types/clients').PooledHttpClient}
 * @throws {TypeError} for an option that does not exist or cannot be used
 */
function createPooledHttpClient (options = {}, given) {
  const pool = chosenPool(given)
  const defaults = checked(options, 'options')
  /** @param {Config} config */
  const request = async config => send(pool, merged(defaults, checked(config, 'config')))
  /** @param {string} method */
  const withoutData = method => (/** @type {string | URL} */ url, /** @type {Config} */ config) => request({ ...config, url, method })
  /** @param {string} method */
  const withData = method => (/** @type {string | URL} */ url, /** @type {any} */ data, /** @type {Config} */ config) => request({ ...config, url, method, data })
  return /** @type {any} */ ({
    request,
    get: withoutData('GET'),
    delete: withoutData('DELETE'),
    post: withData('POST'),
    put: withData('PUT'),
    patch: withData('PATCH')
  })
}

/**
 * @param {any} given
 * @param {string} name
 * @returns {any}
 */
function checked (given, name) {
  const config = asObject(given, name)
  for (const key of Object.keys(config)) {
    if (!KNOWN.has(key) && config[key] !== undefined) {
      throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', `${name}.${key} does not exist; there are ${CONFIG.join(', ')}`)
    }
  }
  checkValues(config, name)
  return config
}

/**
 * @param {any} config
 * @param {string} name
 */
function checkValues ({ responseType, maxRedirects, timeout, throwOnError, params, query }, name) {
  if (responseType !== undefined && !RESPONSE_TYPES.includes(responseType)) {
    throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', `${name}.responseType must be one of ${RESPONSE_TYPES.join(', ')}; received ${shown(responseType)}`)
  }
  if (maxRedirects !== undefined && !(Number.isInteger(maxRedirects) && maxRedirects >= 0)) {
    throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `${name}.maxRedirects must be a whole number from 0; received ${shown(maxRedirects)}`)
  }
  if (timeout !== undefined && !(Number.isInteger(timeout) && timeout >= 0)) {
    throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `${name}.timeout must be a whole number of milliseconds from 0; received ${shown(timeout)}`)
  }
  if (throwOnError !== undefined && typeof throwOnError !== 'boolean') {
    throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `${name}.throwOnError must be a boolean; received ${shown(throwOnError)}`)
  }
  if (params !== undefined && query !== undefined) {
    throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', `${name}.params and ${name}.query are one thing; give one of them`)
  }
}

/**
 * @param {any} defaults
 * @param {any} config
 */
function merged (defaults, config) {
  const there = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))
  return {
    ...defaults,
    ...there,
    headers: headersOf(HEADERS, defaults.headers, config.headers),
    parameters: [defaults.params ?? defaults.query, config.params ?? config.query]
  }
}

/**
 * By lower-case name, a later source over an earlier one.
 * @param {any[]} sources
 */
function headersOf (...sources) {
  /** @type {Record<string, any>} */
  const headers = Object.create(null)
  for (const source of sources) {
    for (const [lower, value] of Object.entries(linesOf(source))) {
      if (value === undefined || value === null) delete headers[lower]
      else headers[lower] = value
    }
  }
  return headers
}

/**
 * A list may have a name several times, which is a line each, as with fetch.
 * @param {any} source
 */
function linesOf (source) {
  /** @type {Record<string, any>} */
  const lines = Object.create(null)
  if (source === undefined || source === null) return lines
  const isList = typeof source === 'object' && Symbol.iterator in source
  for (const pair of isList ? source : Object.entries(asObject(source, 'headers'))) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `headers must be an object or iterate over [name, value] pairs; received ${shownKind(pair)} among them`)
    }
    const lower = String(pair[0]).toLowerCase()
    const before = isList ? lines[lower] : undefined
    const takesAway = pair[1] === undefined || pair[1] === null
    lines[lower] = takesAway || before === undefined || before === null ? pair[1] : [before, pair[1]].flat()
  }
  return lines
}

/**
 * @param {import('../pool').ConnectionPoolManager} pool
 * @param {any} config
 */
async function send (pool, config) {
  const { method = 'GET', signal, timeout, responseType = 'auto', maxRedirects = 20, throwOnError = false } = config
  const url = locate(config.url, config.baseURL, config.parameters)
  const { headers, body } = encodeData(config.data, config.headers)
  const limits = Object.fromEntries(PHASES.map(phase => [phase, config[phase]]))
  const answer = await follow(pool, { url, method, headers, body, signal, requestTimeout: timeout, limits, maxRedirects })
  const reply = await HttpReply.from(answer, responseType)
  if (throwOnError && reply.status >= 400) throw new HttpStatusError(reply)
  return reply
}

module.exports = { createPooledHttpClient }
