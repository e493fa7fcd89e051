'use strict'

// A fetch over `pool.request` for what takes a fetch: SDKs of models and of vector databases. Its Response is the platform's.

const { badInput, shown } = require('../errors')
const { chosenPool } = require('./chosen-pool')
const { follow, isRedirect } = require('./redirects')

/** What the platform's fetch sends unasked. */
const HEADERS = /** @type {const} */ ({ accept: '*/*', 'accept-encoding': 'gzip, deflate, br', 'accept-language': '*', 'user-agent': 'node' })
const NULL_BODY = new Set([101, 103, 204, 205, 304])
const MOST_REDIRECTS = 20

/**
 * A fetch whose requests the pool carries.
 * @param {import('../pool').ConnectionPoolManager} [given] the pool; default: the global one
 * @returns {typeof fetch}
 */
function createPooledFetch (given) {
  const pool = chosenPool(given)
  return /** @type {any} */ (/** @type {any} */ input, /** @type {any} */ init) => send(pool, input, init ?? {})
}

/**
 * @param {import('../pool').ConnectionPoolManager} pool
 * @param {any} input
 * @param {any} init
 */
async function send (pool, input, init) {
  const call = callOf(input, init)
  try {
    const answer = await follow(pool, call)
    if (call.redirect === 'error' && isRedirect(answer)) {
      void answer.body.dump()
      throw new TypeError('unexpected redirect')
    }
    return responseOf(answer)
  } catch (error) {
    if (call.signal?.aborted) throw call.signal.reason
    throw new TypeError('fetch failed', { cause: error })
  }
}

/**
 * @param {any} input
 * @param {any} init
 */
function callOf (input, init) {
  const request = typeof input === 'object' && input !== null && !('href' in input) && 'url' in input ? input : {}
  const url = String(request.url ?? input)
  if (!URL.canParse(url)) throw new TypeError(`Failed to parse URL from ${url}`, { cause: badInput(TypeError, 'ERR_INVALID_URL', 'Invalid URL') })
  const body = init.body ?? request.body ?? undefined
  const headers = new Headers(init.headers ?? request.headers)
  for (const [name, value] of Object.entries(HEADERS)) if (!headers.has(name)) headers.set(name, value)
  if (typeof body === 'string' && !headers.has('content-type')) headers.set('content-type', 'text/plain;charset=UTF-8')
  const redirect = init.redirect ?? request.redirect ?? 'follow'
  if (!['follow', 'manual', 'error'].includes(redirect)) {
    throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', `redirect must be 'follow', 'manual' or 'error'; received ${shown(redirect)}`)
  }
  return {
    url,
    body,
    redirect,
    method: String(init.method ?? request.method ?? 'GET'),
    headers: Object.fromEntries(headers),
    signal: init.signal ?? request.signal,
    requestTimeout: undefined,
    limits: {},
    maxRedirects: redirect === 'follow' ? MOST_REDIRECTS : 0
  }
}

/** @param {import('./redirects').Answer} answer */
function responseOf ({ statusCode, statusText, headers, body, url, redirected }) {
  const isNull = NULL_BODY.has(statusCode)
  if (isNull) void body.dump()
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map(one => /** @type {[string, string]} */ ([name, one])))
  const response = new Response(isNull ? null : streamOf(body), { status: statusCode, statusText, headers: lines })
  return Object.defineProperties(response, { url: { value: withoutFragment(url) }, redirected: { value: redirected } })
}

/** @param {string} url */
function withoutFragment (url) {
  const { href } = new URL(url)
  return href.split('#')[0]
}

/**
 * Read as fast as it is asked for; cancelled, the rest is given up.
 * @param {import('node:stream').Readable} body
 */
function streamOf (body) {
  /** @type {AsyncIterator<Buffer> | undefined} */
  let chunks
  return new ReadableStream({
    async pull (controller) {
      chunks ??= body[Symbol.asyncIterator]()
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
    },
    cancel () { body.destroy() }
  }, { highWaterMark: 0 })
}

module.exports = { createPooledFetch }
