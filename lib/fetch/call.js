'use strict'

// A call's arguments, read as the platform reads them. What most calls pass is read here; for anything else the platform's
// own Request is made and asked, so that what it refuses is refused in its own words.

const { types } = require('node:util')
const abort = require('../abort')
const { split } = require('../url')
const { isDictionary, MEMBERS, membersOf } = require('./init')
const { withoutSecrets } = require('./platform-words')
const { has, listed, pairsOf } = require('./request-headers')

/**
 * @typedef {object} Call
 * @property {string} url absolute, with its fragment
 * @property {string} method
 * @property {import('./request-headers').Pairs} pairs the headers that were given
 * @property {import('../url').Place} place where `url` goes
 * @property {string | Uint8Array | Blob | Request | ReadableStream | null} body  a Request is one whose body is to be looked at still
 * @property {abort.Signal | undefined} signal
 * @property {'follow' | 'manual' | 'error'} redirect
 * @property {string} mode
 * @property {string} cache
 * @property {string} referrer
 * @property {string} referrerPolicy
 * @property {string} integrity
 * @property {'basic' | 'cors' | 'opaque'} type of its response
 */

/** Those that need no normalising. */
const METHODS = new Set(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'])
/** What is read here of an init. */
const READ = new Set(['method', 'headers', 'body', 'redirect', 'signal'])
const MATTERS = new Set(MEMBERS.filter(name => !READ.has(name)))
const REDIRECTS = new Set(['follow', 'manual', 'error'])
const TEXT = 'text/plain;charset=UTF-8'
const FORM = 'application/x-www-form-urlencoded;charset=UTF-8'

/**
 * @param {any} input
 * @param {any} init
 * @returns {Call | null} null where the call is the platform's: another scheme than HTTP's, or no URL at all
 * @throws {TypeError} the platform's
 */
function callOf (input, init) {
  const text = typeof input === 'string' ? input : String(input instanceof Request ? input.url : input)
  if (!isHttp(text) && !(URL.canParse(text) && isHttp(new URL(text).href))) return null
  const plain = input instanceof Request || !isHttp(text) ? null : plainCall(text, init)
  return plain ?? platformCall(input, init)
}

/** @param {string} href */
function isHttp (href) {
  return href.startsWith('http://') || href.startsWith('https://')
}

/** The origin that was last found to be one: the next is mostly the same. */
let good = ''

/**
 * @param {string} url
 * @param {any} init
 * @returns {Call | null} null where the platform is to be asked
 */
function plainCall (url, init) {
  // Credentials are refused, and a backslash may hide them; they can only stand before the path.
  if (!isPlainInit(init) || /^https?:\/\/[^/?#]*[@\\]/.test(url)) return null
  const { method = 'GET', headers, body, redirect = 'follow', signal } = init ?? {}
  if (!METHODS.has(method) || !REDIRECTS.has(redirect)) return null
  if (signal !== undefined && signal !== null && !(signal instanceof AbortSignal)) return null
  const sent = plainBody(body)
  if (sent === undefined || (sent.body !== null && (method === 'GET' || method === 'HEAD'))) return null
  const place = placeOf(url)
  if (place === null) return null
  const pairs = pairsOf(headers)
  if (pairs === null) return null
  if (sent.type !== null && !has(pairs, 'content-type')) pairs.push('content-type', sent.type)
  return { url, place, method, pairs, body: sent.body, signal: signal ?? undefined, redirect, ...USUAL }
}

/** @param {string} url */
function placeOf (url) {
  try {
    const place = split(url)
    if (place.origin !== good && !URL.canParse(place.origin)) return null
    good = place.origin
    return place
  } catch {
    return null
  }
}

const USUAL = { mode: 'cors', cache: 'default', referrer: 'about:client', referrerPolicy: '', integrity: '', type: /** @type {'basic'} */ ('basic') }

/** Whether it holds nothing but what is read here. @param {any} init */
function isPlainInit (init) {
  if (init === undefined || init === null) return true
  if (typeof init !== 'object') return false
  const prototype = Object.getPrototypeOf(init)
  if (prototype !== null && prototype !== Object.prototype) return false
  for (const name in init) if (MATTERS.has(name) && init[name] !== undefined) return false
  return true
}

/**
 * Copied, as the platform copies it: the caller may write over its bytes while a redirect asks for them anew.
 * @param {any} body
 * @returns {{ body: string | Uint8Array | null, type: string | null } | undefined} undefined where the platform is to be asked
 */
function plainBody (body) {
  if (body === undefined || body === null) return { body: null, type: null }
  if (typeof body === 'string') return { body, type: TEXT }
  if (body instanceof Uint8Array && types.isArrayBuffer(body.buffer)) return copied(body)
  if (body instanceof URLSearchParams) return { body: String(body), type: FORM }
  return undefined
}

/** @param {Uint8Array} bytes */
function copied (bytes) {
  try {
    return { body: new Uint8Array(bytes), type: null }
  } catch {
    // Of a detached buffer.
    return undefined
  }
}

/**
 * @param {any} input
 * @param {any} init
 * @returns {Call}
 */
function platformCall (input, init) {
  const { request, given, signal } = asked(input, init)
  const { method, url, redirect, mode, cache, referrer, referrerPolicy, integrity } = request
  const body = given instanceof Blob || given instanceof ReadableStream ? given : request.body === null ? null : request
  return { url, place: split(url), method, pairs: listed(request.headers), body, signal, redirect, mode, cache, referrer, referrerPolicy, integrity, type: 'basic' }
}

/**
 * The platform's Request, which follows no signal: it would listen to it until it is collected, once for each call.
 * @param {any} input
 * @param {any} init
 * @returns {{ request: Request, given: unknown, signal: abort.Signal | undefined }} `given`: the body of the init
 */
function asked (input, init) {
  // Refused by the platform.
  if (!isDictionary(init)) return { request: requestOf(input, init), given: undefined, signal: undefined }
  const signal = init?.signal === undefined ? (input instanceof Request ? signalOf(input) : undefined) : init.signal
  if (signal !== undefined && signal !== null && !(signal instanceof AbortSignal)) {
    // Mostly it throws; where the platform takes another's signal, so is it here.
    return { request: requestOf(input, init), given: init.body, signal: abort.checked(signal) }
  }
  const members = membersOf(init)
  return { request: requestOf(input, { ...members, signal: null }), given: members.body, signal: signal ?? undefined }
}

/**
 * @param {any} input
 * @param {any} init
 */
function requestOf (input, init) {
  try {
    return new Request(input, init)
  } catch (error) {
    throw withoutSecrets(error)
  }
}

/** By its signal, which follows the one that it was given only as long as the Request itself lives. @type {WeakMap<AbortSignal, Request>} */
const requests = new WeakMap()

/** @param {Request} request */
function signalOf (request) {
  const { signal } = request
  requests.set(signal, request)
  return signal
}

module.exports = { callOf }
