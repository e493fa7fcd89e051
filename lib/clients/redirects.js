'use strict'

// Redirects as fetch follows them, over `pool.request`.

const { INSIDE } = require('../inside')
const { badInput } = require('../errors')
const rules = require('../redirect-rules')

/**
 * @typedef {object} Call
 * @property {string} url
 * @property {string} method
 * @property {Record<string, any>} headers by lower-case name
 * @property {any} body
 * @property {any} signal
 * @property {number | undefined} requestTimeout ms for the call with all its redirects
 * @property {object} limits the timeouts of phases
 * @property {number} maxRedirects 0: a redirect is a reply like any other
 *
 * @typedef {import('../../types/request').ResponseData & { url: string, redirected: boolean, method: string }} Answer
 */

/**
 * @param {import('../pool').ConnectionPoolManager} pool
 * @param {Call} call
 * @returns {Promise<Answer>}
 */
async function follow (pool, call) {
  // Another copy of the package may have made the pool, and an older one counts none.
  const flights = /** @type {import('../flights').Flights | undefined} */ (pool[INSIDE]?.flights)
  if (flights === undefined || flights.areClosed) return take(pool, call, undefined)
  flights.begin()
  return take(pool, call, flights).finally(() => flights.end())
}

/**
 * @param {import('../pool').ConnectionPoolManager} pool
 * @param {Call} call
 * @param {import('../flights').Flights | undefined} flights
 * @returns {Promise<Answer>}
 */
async function take (pool, call, flights) {
  const { signal, limits, requestTimeout, maxRedirects } = call
  const started = performance.now()
  let step = call
  for (let followed = 0; ; followed++) {
    const { url, method, headers, body } = step
    const left = followed === 0 || !requestTimeout ? requestTimeout : leftOf(requestTimeout, performance.now() - started)
    const ask = () => pool.request(url, { method, headers, body, signal, requestTimeout: left, ...limits })
    const reply = await (flights === undefined ? ask() : flights.within(ask))
    const location = maxRedirects === 0 ? undefined : locationOf(reply)
    if (location === undefined) return answer(reply, step, followed)
    // Its connection is free for the next step.
    await reply.body.dump()
    if (followed === maxRedirects) {
      throw badInput(Error, 'ERR_TOO_MANY_REDIRECTS', `More than ${maxRedirects} redirects were answered to ${method} ${new URL(call.url).origin}`)
    }
    step = redirected(step, reply.statusCode, location)
  }
}

/**
 * Where a reply sends on to; of several places the first, which is the one that Node's client keeps.
 * @param {import('../../types/request').ResponseData} reply
 * @returns {string | undefined}
 */
function locationOf ({ statusCode, headers }) {
  return rules.isRedirect(statusCode) ? [headers.location].flat()[0] : undefined
}

/**
 * @param {any} reply
 * @param {Call} step
 * @param {number} followed
 * @returns {Answer}
 */
function answer (reply, { url, method }, followed) {
  // Not spread: its headers are read when asked for.
  return Object.assign(reply, { url, method, redirected: followed > 0 })
}

/**
 * @param {Call} step
 * @param {number} status
 * @param {string} location
 * @returns {Call}
 */
function redirected (step, status, location) {
  const from = new URL(step.url)
  const to = rules.target(location, from)
  if (to.hash === '') to.hash = from.hash
  if (hasCredentials(to) && !isWithin(to, from)) {
    throw badInput(TypeError, 'ERR_INVALID_URL', `${from.origin} redirected to a URL with credentials`)
  }
  const bare = rules.leavesBody(status, step.method.toUpperCase())
  if (!bare && isOnce(step.body)) {
    throw badInput(TypeError, 'ERR_BODY_NOT_REPLAYABLE', `${from.origin} redirected a request whose body is a stream, which cannot be sent again`)
  }
  const left = new Set([...bare ? rules.OF_A_BODY : [], ...to.origin === from.origin ? [] : rules.CREDENTIALS])
  const headers = Object.fromEntries(Object.entries(step.headers).filter(([name]) => !left.has(name)))
  return { ...step, url: to.href, headers, ...bare && { method: 'GET', body: undefined } }
}

/** @param {URL} url */
function hasCredentials ({ username, password }) {
  return username !== '' || password !== ''
}

/** Whether it is the caller's own credentials that a path of the same origin inherits. @param {URL} to @param {URL} from */
function isWithin (to, from) {
  return to.origin === from.origin && to.username === from.username && to.password === from.password
}

/** Whether a body can be read one time only. @param {any} body */
function isOnce (body) {
  if (typeof body !== 'object' || body === null || ArrayBuffer.isView(body)) return false
  if (typeof body.getReader === 'function' || typeof body.pipe === 'function') return true
  const again = body[Symbol.asyncIterator] ?? body[Symbol.iterator]
  return typeof again === 'function' && typeof body.next === 'function'
}

/**
 * The engine has ended each call so far within its time: what seems to have taken longer waited for a busy event loop.
 * @param {number} whole ms
 * @param {number} spent ms
 */
function leftOf (whole, spent) {
  return spent < whole ? Math.ceil(whole - spent) : whole
}

module.exports = { follow }
