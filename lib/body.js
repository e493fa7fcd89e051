'use strict'

const { Readable } = require('node:stream')
const { Flow, kPushed, kScope } = require('./flow')
const { arrayBufferOf, bytesOf, jsonOf, ownBytesOf, textOf } = require('./whole')

/** @typedef {import('./incoming').Incoming} Incoming */
/** @typedef {import('./whole').Whole} Whole */

const kContent = Symbol('rag-pool.content')
const kUsed = Symbol('rag-pool.used')
const kFlow = Symbol('rag-pool.flow')

/**
 * The methods that both prototypes have.
 * @param {any} prototype
 */
function addConsumers (prototype) {
  const methods = {
    text: textOf,
    json: jsonOf,
    bytes: ownBytesOf,
    arrayBuffer: arrayBufferOf,
    /** @this {ReplyBody} @param {Whole} whole */
    blob (whole) { return new Blob([bytesOf(whole)]) }
  }
  for (const [name, convert] of Object.entries(methods)) {
    define(prototype, name, /** @this {any} */ function () { return read(this, convert) })
  }
  define(prototype, 'dump', /** @this {any} */ function () { return dump(this) })
  Object.defineProperty(prototype, 'bodyUsed', { get () { return isUsed(this) }, configurable: true })
}

/**
 * @param {object} prototype
 * @param {PropertyKey} name
 * @param {(...args: any[]) => any} value
 */
function define (prototype, name, value) {
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true })
}

/** @param {any} body */
function isUsed (body) {
  return body[kUsed] || (isLive(body) && (body.readableDidRead || body.destroyed))
}

/** @param {any} body */
function isLive (body) {
  return Object.getPrototypeOf(body) === live
}

/**
 * Reads the body whole, once, and converts it.
 * @template T
 * @param {any} body
 * @param {(whole: Whole, isJoined?: boolean) => T} convert
 * @returns {Promise<T>}
 */
function read (body, convert) {
  if (isUsed(body)) return Promise.reject(new TypeError('Body is unusable: Body has already been read'))
  body[kUsed] = true
  if (isLive(body)) return require('node:stream/consumers').buffer(body).then(whole => convert(whole))
  const content = body[kContent]
  return new Promise((resolve, reject) => {
    if (typeof content === 'string' || content instanceof Uint8Array) resolve(convert(/** @type {Whole} */ (content)))
    else content.consume(new Collector(content, convert, resolve, reject, body))
  })
}

/**
 * Collects a body that is still arriving.
 * @template T
 */
class Collector {
  /** @type {Buffer[]} */ #chunks = []

  /**
   * @param {Incoming} incoming
   * @param {(whole: Whole, isJoined?: boolean) => T} convert
   * @param {(value: T) => void} resolve
   * @param {(error: unknown) => void} reject
   * @param {object} body kept alive for as long as somebody waits for it
   */
  constructor (incoming, convert, resolve, reject, body) {
    this.incoming = incoming
    this.convert = convert
    this.resolve = resolve
    this.reject = reject
    this.body = body
  }

  /** @param {Buffer} chunk */
  chunk (chunk) {
    this.#chunks.push(chunk)
    this.incoming.credit(chunk.length)
  }

  end () {
    const [first] = this.#chunks
    const isJoined = this.#chunks.length > 1
    const whole = isJoined || first === undefined ? Buffer.concat(this.#chunks) : first
    this.#chunks = []
    try {
      this.resolve(this.convert(whole, isJoined))
    } catch (error) {
      this.reject(error)
    }
  }

  /** @param {unknown} error */
  fail (error) {
    this.#chunks = []
    this.reject(error)
  }
}

/**
 * Lets the rest go. Resolves once the connection is free of it.
 * @param {any} body
 * @returns {Promise<void>}
 */
function dump (body) {
  if (isLive(body)) {
    body.destroy()
    return Promise.resolve()
  }
  const content = body[kContent]
  const before = body[kUsed]
  body[kUsed] = true
  if (before || typeof content === 'string' || content instanceof Uint8Array) return Promise.resolve()
  return new Promise(resolve => {
    content.dump()
    content.consume({ chunk () {}, end: resolve, fail: resolve, body })
  })
}

/**
 * The body of a reply. It is a Node `Readable`, and becomes one when first used as one: until then it is an
 * object with two fields, since most bodies are read by `json()` or `text()`.
 * @constructor
 * @this {any}
 * @param {Whole | Incoming} content
 * @param {import('node:async_hooks').AsyncResource} scope of the request, in which listeners are called
 */
function ReplyBody (content, scope) {
  this[kContent] = content
  this[kScope] = scope
  this[kUsed] = false
}

/** What a body is after `awaken`. */
const live = Object.create(Readable.prototype, { constructor: { value: ReplyBody } })

/** @this {any} */
function readMore () {
  const content = this[kContent]
  if (typeof content === 'string' || content instanceof Uint8Array) {
    this[kContent] = ''
    if (content.length > 0) this.push(bytesOf(/** @type {Whole} */ (content)))
    this.push(null)
    return
  }
  if (this[kPushed] >= 0) {
    this[kFlow].asked(this)
    content.credit(this[kPushed])
    this[kPushed] = 0
    return
  }
  this[kPushed] = 0
  this[kFlow] = new Flow(this)
  content.consume(this[kFlow])
}

Object.assign(live, {
  _read: readMore,
  /**
   * @this {any}
   * @param {Error | null} error
   * @param {(error: Error | null) => void} callback
   */
  _destroy (error, callback) {
    const content = this[kContent]
    if (typeof content !== 'string' && !(content instanceof Uint8Array)) content.abandon()
    callback(error)
  }
})

/** @param {any} body */
function awaken (body) {
  const used = body[kUsed]
  Object.setPrototypeOf(body, live)
  body[kPushed] = -1
  Readable.call(body, { autoDestroy: true })
  if (!used) return
  // Read by `text()` and the like: as a stream there is nothing left, and what they still wait for goes on.
  body[kContent] = ''
  body.destroy()
}

/** Destroyed while read whole: what came so far must not look like all of it. @this {any} @param {Error} [error] */
function destroy (error) {
  const content = this[kContent]
  if (this[kUsed] && typeof content !== 'string' && !(content instanceof Uint8Array)) {
    content.abandon()
    content.fail(error ?? new DOMException('The body was destroyed before its end', 'AbortError'))
  }
  awaken(this)
  return this.destroy(error)
}

/** A member of Readable's prototypes that turns the body into a stream first. */
function waking (/** @type {string | symbol} */ name, /** @type {PropertyDescriptor} */ { value, get }) {
  if (typeof value === 'function') {
    return {
      value: /** @this {any} */ function (/** @type {unknown[]} */ ...args) {
        awaken(this)
        return this[name](...args)
      },
      writable: true,
      configurable: true
    }
  }
  const set = /** @this {any} */ function (/** @type {unknown} */ to) {
    awaken(this)
    this[name] = to
  }
  if (get === undefined && name !== '_events' && name !== '_readableState') return null
  return { get: /** @this {any} */ function () { awaken(this); return this[name] }, set, configurable: true }
}

function wakingMembers () {
  /** @type {PropertyDescriptorMap} */
  const members = {}
  const state = waking('_readableState', {})
  if (state !== null) members._readableState = state
  // Up to Object.prototype, which in a realm of its own (a Jest file's) is not the one that is named here.
  for (let level = Readable.prototype; Object.getPrototypeOf(level) !== null; level = Object.getPrototypeOf(level)) {
    for (const name of Reflect.ownKeys(level)) {
      if (name === 'constructor' || Object.hasOwn(members, name)) continue
      const member = waking(name, /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(level, name)))
      if (member !== null) Object.defineProperty(members, name, { value: member, enumerable: true, configurable: true })
    }
  }
  return members
}

ReplyBody.prototype = Object.create(Readable.prototype, {
  constructor: { value: ReplyBody, writable: true, configurable: true },
  ...wakingMembers()
})

addConsumers(ReplyBody.prototype)
define(ReplyBody.prototype, 'destroy', destroy)
addConsumers(live)

module.exports = { Collector, ReplyBody }
