'use strict'

const { INSIDE } = require('../inside')
const abort = require('../abort')
const { badInput } = require('../errors')
const { Exchange } = require('../exchange')
const { Incoming } = require('../incoming')
const { lengthOf, LONGEST_TARGET } = require('../request')
const { isRedirect } = require('../redirect-rules')
const { Submission } = require('../ring/records')
const { send } = require('../send')
const { giveUp } = require('../unsent')
const { outgoing } = require('../upload')
const { isBadPort } = require('./bad-ports')
const { callOf } = require('./call')
const { Content } = require('./content')
const { isIntact } = require('./integrity')
const { platformFetch } = require('./platform')
const { withoutSecrets } = require('./platform-words')
const { redirected, valuesIn } = require('./redirect')
const { refererOf } = require('./referrer')
const { lengthRefusalOf } = require('./refusals')
const { bodyOf, isOnce } = require('./request-body')
const { completed } = require('./request-headers')
const { nativeOf, respond } = require('./response')

const NULL_BODY = new Set([101, 103, 204, 205, 304])
/** What no origin may ask of a client that knows no proxy (Fetch, 4.6). */
const PROXY_AUTHENTICATION_REQUIRED = 407
/** The connection leads to the wrong server (RFC 9110, 15.5.20). */
const MISDIRECTED = 421

/** @typedef {{ status: number, head: string, content: string | Buffer | Incoming, exchange: FetchExchange }} Answer */

/** An exchange whose answer is a Response's matter. */
class FetchExchange extends Exchange {
  /** Whoever reads a Response's stream may transfer what he gets: a store made at once saves the second copy. */
  get takesStores () {
    return true
  }

  /**
   * @param {number} status
   * @param {string} head
   * @param {string | Buffer | Incoming} content
   * @override
   */
  answer (status, head, content) {
    return { status, head, content, exchange: this }
  }
}

/** One call, over all its redirects. */
class Trip {
  #followed = 0
  #isOver = false
  /** It is asked for once more, on a new connection. */ #isAnew = false
  /** @type {import('./call').Call} */ #call
  #answered = (/** @type {Answer} */ answer) => { this.#land(answer) }
  #failed = (/** @type {unknown} */ error) => { this.#fail(error) }

  /**
   * @param {import('../pool').ConnectionPoolManager} pool
   * @param {import('./call').Call} call
   * @param {(response: any) => void} resolve
   * @param {(error: unknown) => void} reject
   */
  constructor (pool, call, resolve, reject) {
    this.pool = pool
    this.#call = call
    this.resolve = (/** @type {any} */ response) => {
      resolve(response)
      this.#end()
    }
    this.reject = (/** @type {unknown} */ error) => {
      reject(error)
      this.#end()
    }
  }

  #end () {
    if (this.#isOver) return
    this.#isOver = true
    this.pool[INSIDE].flights.end()
  }

  begin () {
    const { signal, body } = this.#call
    this.pool[INSIDE].flights.begin()
    if (signal !== undefined && abort.isAborted(signal)) return this.#drop(abort.reasonOf(signal))
    if (!(body instanceof Request)) return this.#go()
    bodyOf(body).then(source => {
      this.#call = { ...this.#call, body: source }
      if (signal !== undefined && abort.isAborted(signal)) return this.#drop(abort.reasonOf(signal))
      this.#go()
    }).catch(this.#failed)
  }

  /** It never began, and whoever would have given its body is told. @param {unknown} reason */
  #drop (reason) {
    const { body } = this.#call
    giveUp(body instanceof Request ? body.body : body, reason)
    this.reject(reason)
  }

  #go () {
    try {
      this.pool[INSIDE].flights.within(() => send(this.pool, this.#ready(), FetchExchange, this.#answered, this.#failed))
    } catch (error) {
      giveUp(this.#call.body, error)
      this.#fail(error)
    }
  }

  /** @returns {import('../send').Ready} */
  #ready () {
    const call = this.#call
    const { place, method, signal } = call
    if (isBadPort(place.origin)) throw new Error('bad port')
    if (place.target.length > LONGEST_TARGET) {
      throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `url must have at most ${LONGEST_TARGET} characters of path and query; received ${place.target.length}`)
    }
    const referrer = call.referrer === 'about:client' ? null : refererOf(call)
    const { text, contentLength } = completed(call.pairs, place.origin.startsWith('https:'), call.mode, call.cache, referrer)
    const body = outgoing(call.body)
    const length = announced(body, contentLength)
    const origin = this.pool[INSIDE].originOf(place.origin)
    return { place: place.origin, origin, method, target: place.target, lines: text, body, length, signal, timeouts: undefined, keep: Submission.KEEP_FIELDS, isAnew: this.#isAnew }
  }

  /** @param {Answer} answer */
  #land ({ status, head, content, exchange }) {
    const call = this.#call
    if (isRedirect(status) && call.redirect !== 'manual') {
      // Not followed without a location: then it is a reply like any other.
      if (valuesIn(head, 'location').length > 0 || call.redirect === 'error') return this.#follow(status, head, content, exchange)
    }
    if (status === PROXY_AUTHENTICATION_REQUIRED || (status === MISDIRECTED && !this.#isAnew && !isOnce(/** @type {any} */ (call.body)))) {
      return this.#rejectOrRepeat(status, content, exchange)
    }
    const isNull = call.method === 'HEAD' || NULL_BODY.has(status)
    if (isNull && content instanceof Incoming) content.dump()
    const made = isNull ? null : new Content(content, call.signal)
    if (call.integrity !== '') return this.#check(status, head, made)
    this.#respond(status, head, made)
  }

  /**
   * As Fetch has it (4.6, HTTP-network-or-cache fetch).
   * @param {number} status
   * @param {string | Buffer | Incoming} content of the reply that is left behind
   * @param {FetchExchange} exchange
   */
  #rejectOrRepeat (status, content, exchange) {
    if (content instanceof Incoming) content.dump()
    if (status !== MISDIRECTED) return this.#fail(new Error('proxy authentication required'))
    this.#isAnew = true
    exchange.runInAsyncScope(this.#go, this)
  }

  /**
   * @param {number} status
   * @param {string} head
   * @param {string | Buffer | Incoming} content of the reply that is left behind
   * @param {FetchExchange} exchange in whose async context, the caller's, the next hop is made
   */
  #follow (status, head, content, exchange) {
    if (content instanceof Incoming) content.dump()
    try {
      this.#call = redirected(this.#call, status, head, this.#followed)
    } catch (error) {
      return this.#fail(error)
    }
    this.#followed++
    this.#isAnew = false
    exchange.runInAsyncScope(this.#go, this)
  }

  /**
   * @param {number} status
   * @param {string} head
   * @param {Content | null} content
   */
  #check (status, head, content) {
    const { integrity, signal } = this.#call
    // Of no body nothing is known (Fetch, 4.1, main fetch).
    if (content === null) return this.#failed(new Error('integrity mismatch'))
    content.bytes().then(bytes => {
      if (!isIntact(bytes, integrity)) throw new Error('integrity mismatch')
      this.#respond(status, head, new Content(Buffer.from(bytes.buffer), signal))
    }).catch(this.#failed)
  }

  /**
   * @param {number} status
   * @param {string} head
   * @param {Content | null} content
   */
  #respond (status, head, content) {
    const { type, url } = this.#call
    if (type !== 'opaque') return this.resolve(respond(status, head, content, url, this.#followed > 0, type))
    content?.cancel()
    this.resolve(respond(0, '', null, '', false, type))
  }

  /** @param {unknown} error */
  #fail (error) {
    const { signal } = this.#call
    if (signal !== undefined && abort.isAborted(signal)) return this.reject(abort.reasonOf(signal))
    this.reject(new TypeError('fetch failed', { cause: isLengthRefusal(error) ? lengthRefusalOf(error) : error }))
  }
}

/** Of a streamed body, which is counted as it goes. @param {any} error */
function isLengthRefusal (error) {
  return error instanceof RangeError && /** @type {any} */ (error).code === 'ERR_HTTP_CONTENT_LENGTH_MISMATCH'
}

/**
 * The length of a streamed body, where it is known.
 * @param {import('../upload').Outgoing} body
 * @param {string | undefined} contentLength as the caller has it; where there is no body it goes for nothing
 */
function announced (body, contentLength) {
  const isNone = body.bytes === null && body.stream === null
  try {
    return lengthOf(body, isNone && /^\d+$/.test(contentLength ?? '') ? undefined : contentLength)
  } catch (error) {
    throw lengthRefusalOf(error)
  }
}

/**
 * The platform's fetch, by itself.
 * @param {any} input
 * @param {any} init
 */
async function platformsOwn (input, init) {
  try {
    return withWayOut(await platformFetch()(input, init))
  } catch (error) {
    throw withoutSecrets(error)
  }
}

/**
 * With what a Response of the pool has beside, and so have its clones.
 * @param {Response} response
 * @returns {Response}
 */
function withWayOut (response) {
  // Its class may be another realm's.
  const { clone } = response
  const own = (/** @type {() => Response} */ value) => ({ value, configurable: true, writable: true })
  return Object.defineProperties(response, {
    toNative: own(() => nativeOf(Response, response, response.body)),
    clone: own(() => withWayOut(clone.call(response)))
  })
}

/**
 * The platform's fetch, carried by a pool.
 * @param {import('../pool').ConnectionPoolManager} pool
 * @param {any} input
 * @param {any} init
 * @returns {Promise<any>}
 */
function fetch (pool, input, init) {
  return new Promise((resolve, reject) => {
    const { bypass, flights, interceptors, refusal } = pool[INSIDE]
    const call = bypass !== null && bypass.suitsPlatform && interceptors === null ? undefined : callOf(input, init)
    if (call !== null && flights.areClosed) return reject(new TypeError('fetch failed', { cause: refusal() }))
    if (call === undefined) {
      flights.begin()
      return resolve(/** @type {import('../bypass/bypass').Bypass} */ (bypass).fetch(platformsOwn, input, init).finally(() => flights.end()))
    }
    if (call === null) resolve(platformsOwn(input, init))
    else new Trip(pool, call, resolve, reject).begin()
  })
}

module.exports = { fetch }
