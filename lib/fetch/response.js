'use strict'

// A Response that costs next to nothing: an object with the platform's prototype behind getters of its own. Headers, URL
// and stream are made when they are touched, and then stay the same.

const { inspect } = require('node:util')

/** @typedef {import('./content').Content | import('./streamed').Streamed} Body */

/** One class for each Response that `globalThis` had: a Jest file has its own. @type {WeakMap<Function, ReturnType<typeof classOver>>} */
const classes = new WeakMap()
/** The last one, since there is mostly one. @type {Function | null} */
let lastPlatform = null
/** @type {any} */
let LastClass = null

/**
 * @param {number} status
 * @param {string} head `reason\nname\nvalue…`
 * @param {Body | null} body
 * @param {string} url of the last hop
 * @param {boolean} redirected
 * @param {Response['type']} type
 * @returns {Response}
 */
function respond (status, head, body, url, redirected, type) {
  const platform = globalThis.Response
  if (platform !== lastPlatform) {
    let Class = classes.get(platform)
    if (Class === undefined) classes.set(platform, Class = classOver(platform))
    lastPlatform = platform
    LastClass = Class
  }
  return new LastClass(status, head, body, url, redirected, type)
}

/** @param {typeof Response} Platform */
function classOver (Platform) {
  class PooledResponse {
    /** @type {number} */ #status
    /** @type {string} */ #head
    /** @type {Body | null} */ #body
    /** @type {string} */ #url
    /** @type {boolean} */ #redirected
    /** @type {Response['type']} */ #type
    /** @type {Headers | null} */ #headers = null

    /**
     * @param {number} status
     * @param {string} head
     * @param {Body | null} body
     * @param {string} url
     * @param {boolean} redirected
     * @param {Response['type']} type
     */
    constructor (status, head, body, url, redirected, type) {
      this.#status = status
      this.#head = head
      this.#body = body
      this.#url = url
      this.#redirected = redirected
      this.#type = type
    }

    get type () { return this.#type }
    get status () { return this.#status }
    get ok () { return this.#status >= 200 && this.#status <= 299 }
    get redirected () { return this.#redirected }
    get url () { return withoutFragment(this.#url) }
    get statusText () { return reasonOf(this.#head) }
    get headers () { return (this.#headers ??= headersOf(this.#head)) }
    get body () { return this.#body === null ? null : this.#body.stream }
    get bodyUsed () { return this.#body !== null && this.#body.used }

    async text () { return this.#body === null ? '' : this.#body.text() }
    async json () { return this.#body === null ? JSON.parse('') : this.#body.json() }
    async bytes () { return this.#body === null ? new Uint8Array() : this.#body.bytes() }
    async arrayBuffer () { return (await this.bytes()).buffer }
    async blob () { return (await this.#typed()).blob() }
    async formData () { return (await this.#typed()).formData() }

    clone () {
      const body = this.#body
      if (body !== null && body.isUnusable) throw new TypeError('Response.clone: Body has already been consumed.')
      const [own, twin] = body === null ? [null, null] : body.split()
      this.#body = own
      return new PooledResponse(this.#status, this.#head, twin, this.#url, this.#redirected, this.#type)
    }

    /** The platform's own Response with this one's body, for code that calls what it took off `Response.prototype`. */
    toNative () {
      const body = this.#body
      if (body !== null && body.isUnusable) throw new TypeError('Body is unusable: Body has already been read')
      return nativeOf(Platform, this, body === null ? null : body.stream)
    }

    async #typed () {
      const type = this.headers.get('content-type')
      return new Platform(await this.bytes(), { headers: type === null ? {} : { 'content-type': type } })
    }

    /** @param {number} _depth @param {object} options */
    [inspect.custom] (_depth, options) {
      const { status, statusText, headers, body, bodyUsed, ok, redirected, type, url } = this
      return `Response ${inspect({ status, statusText, headers, body, bodyUsed, ok, redirected, type, url }, options)}`
    }
  }
  disguise(PooledResponse.prototype, Platform)
  return PooledResponse
}

/**
 * An instance of the platform's class, whose members are enumerated as there.
 * @param {object} prototype
 * @param {typeof Response} Platform
 */
function disguise (prototype, Platform) {
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    Object.defineProperty(prototype, name, { ...descriptor, enumerable: Object.getOwnPropertyDescriptor(Platform.prototype, name)?.enumerable ?? false })
  }
  Object.setPrototypeOf(prototype, Platform.prototype)
  Object.defineProperty(prototype, 'constructor', { value: Platform, writable: true, configurable: true })
}

/**
 * @param {typeof Response} Platform
 * @param {any} response
 * @param {ReadableStream | null} stream
 */
function nativeOf (Platform, { status, statusText, headers, url, type, redirected }, stream) {
  const native = new Platform(stream, { status, statusText, headers })
  // What no constructor takes.
  const known = Object.entries({ url, type, redirected }).map(([name, value]) => [name, { value, configurable: true }])
  return Object.defineProperties(native, Object.fromEntries(known))
}

/** @param {string} head */
function reasonOf (head) {
  const end = head.indexOf('\n')
  return end < 0 ? head : head.substring(0, end)
}

/** @param {string} url */
function withoutFragment (url) {
  if (url === '') return url
  const { href } = new URL(url)
  const hash = href.indexOf('#')
  return hash < 0 ? href : href.substring(0, hash)
}

/**
 * @param {string} head
 * @returns {Headers}
 */
function headersOf (head) {
  const lines = head.split('\n')
  /** @type {[string, string][]} */
  const pairs = []
  for (let i = 1; i + 1 < lines.length; i += 2) pairs.push([String(lines[i]), String(lines[i + 1])])
  return immutable(new Headers(pairs))
}

/** As a fetched Response's are. @param {Headers} headers */
function immutable (headers) {
  let prototype = frozen.get(Headers)
  if (prototype === undefined) {
    frozen.set(Headers, prototype = Object.create(Headers.prototype, { append: refusing('append'), delete: refusing('delete'), set: refusing('set') }))
  }
  return Object.setPrototypeOf(headers, /** @type {object} */ (prototype))
}

/** @param {'append' | 'delete' | 'set'} name */
function refusing (name) {
  return {
    value (/** @type {any[]} */ ...args) {
      // What is wrong with the arguments comes first.
      Reflect.apply(Headers.prototype[name], new Headers(), args)
      throw new TypeError('immutable')
    },
    writable: true,
    enumerable: true,
    configurable: true
  }
}

/** Prototypes of such headers, by their platform's class. @type {WeakMap<Function, object>} */
const frozen = new WeakMap()

module.exports = { nativeOf, respond }
