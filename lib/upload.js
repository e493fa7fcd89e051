'use strict'

const { Readable } = require('node:stream')
const { types } = require('node:util')
const { badInput, shown } = require('./errors')
const { multipart } = require('./multipart')
const { Submission } = require('./ring/records')

/**
 * A request body as it crosses.
 * @typedef {object} Outgoing
 * @property {string | Uint8Array | null} bytes  the whole of it, or null when it is streamed or there is none
 * @property {AsyncIterable<unknown> | Iterable<unknown> | null} stream
 * @property {number | undefined} length of a stream, when it is known
 * @property {string | undefined} contentType that goes with it, when the caller gave none
 */

/** Bytes of one push: a larger chunk of the source is handed over in pieces, under the engine's window. */
const LARGEST_PUSH = 64 * 1024

/**
 * @param {unknown} body
 * @returns {Outgoing}
 */
function outgoing (body) {
  if (body === undefined || body === null) return whole(null)
  if (typeof body === 'string') return whole(body)
  if (body instanceof Uint8Array) return whole(body)
  if (ArrayBuffer.isView(body)) return whole(new Uint8Array(body.buffer, body.byteOffset, body.byteLength))
  if (types.isAnyArrayBuffer(body)) return whole(new Uint8Array(/** @type {ArrayBuffer} */ (body)))
  if (typeof body === 'object') {
    if (isFormLike(body)) return fromPlatform(body)
    if (Symbol.asyncIterator in body || Symbol.iterator in body) {
      return streamed(/** @type {AsyncIterable<unknown>} */ (body))
    }
    // A stream of Node's first kind, as the form-data package makes: it has `pipe` and events alone.
    if ('pipe' in body && 'on' in body) return streamed(new Readable().wrap(/** @type {NodeJS.ReadableStream} */ (body)))
  }
  throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE',
    `body must be a string, a Buffer, an ArrayBuffer or a view of one, a Readable, a ReadableStream, an iterable, a Blob, FormData or URLSearchParams; received ${shown(body)}`)
}

/** @param {string | Uint8Array | null} bytes of which none are the same as no body */
function whole (bytes) {
  return { bytes: bytes === null || bytes.length === 0 ? null : bytes, stream: null, length: undefined, contentType: undefined }
}

/**
 * @param {AsyncIterable<unknown> | Iterable<unknown>} stream
 * @returns {Outgoing}
 */
function streamed (stream) {
  return { bytes: null, stream, length: undefined, contentType: undefined }
}

/**
 * By tag, since they may be another realm's; the form-data package borrows the tag, but not the methods.
 * @param {any} body
 */
function isFormLike (body) {
  const tag = body[Symbol.toStringTag]
  return tag === 'Blob' || tag === 'File' || tag === 'URLSearchParams' || (tag === 'FormData' && typeof body.getAll === 'function')
}

/**
 * Encoded as the platform encodes it.
 * @param {any} body
 * @returns {Outgoing}
 */
function fromPlatform (body) {
  if (body[Symbol.toStringTag] === 'URLSearchParams') {
    return { ...whole(String(body)), contentType: 'application/x-www-form-urlencoded;charset=UTF-8' }
  }
  if (body[Symbol.toStringTag] === 'FormData') return { bytes: null, ...multipart(body) }
  const response = new Response(body)
  return {
    bytes: null,
    stream: /** @type {any} */ (response.body),
    length: typeof body.size === 'number' ? body.size : undefined,
    contentType: response.headers.get('content-type') ?? undefined
  }
}

/**
 * @param {AsyncIterable<unknown> | Iterable<unknown>} stream
 * @returns {AsyncIterator<unknown> | Iterator<unknown>}
 */
function sourceOf (stream) {
  if (stream instanceof ReadableStream) return readerOf(stream)
  return Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]()
}

/**
 * Its own iterator would cancel a stream only once the read that is pending has come to an end. That is right for one of bytes alone,
 * as the platform makes of an iterable, a form or a Blob: a source which ends after the cancel closes it a second time, and what
 * that throws reaches nobody and ends the process.
 * @param {ReadableStream} stream
 * @returns {AsyncIterator<unknown>}
 */
function readerOf (stream) {
  const isOfBytes = hasBytes(stream)
  const reader = stream.getReader()
  const cancel = (/** @type {unknown} */ reason) => /** @type {any} */ (reader.cancel(reason))
  if (!isOfBytes) return { next: () => /** @type {any} */ (reader.read()), return: cancel }
  let pending = Promise.resolve(/** @type {any} */ (undefined))
  return {
    next: () => { pending = reader.read(); return pending },
    return: reason => pending.then(() => cancel(reason))
  }
}

/** @param {ReadableStream} stream unlocked */
function hasBytes (stream) {
  try {
    stream.getReader({ mode: 'byob' }).releaseLock()
    return true
  } catch {
    return false
  }
}

/**
 * Tells a body's source that nothing more of it is wanted.
 * @param {AsyncIterable<unknown> | Iterable<unknown>} stream
 * @param {AsyncIterator<unknown> | Iterator<unknown> | null} source where it is read already
 * @param {unknown} [reason]
 */
function stop (stream, source, reason) {
  // It may tell of an error of its own yet, which would end the process where nobody listens.
  if (stream instanceof Readable) stream.on('error', () => {})
  // In a promise, so that what the source throws reaches nobody: whoever cancels has others to tell still, and
  // the request is over for a reason of its own.
  Promise.resolve().then(() => {
    if (stream instanceof Readable) stream.destroy(reason instanceof Error ? reason : undefined)
    else return (source ?? sourceOf(stream)).return?.(reason)
  }).catch(() => {})
}

/**
 * @param {unknown} chunk
 * @param {string} [body] of which it is one
 * @returns {Uint8Array}
 */
function bytesOfChunk (chunk, body = 'the request body') {
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (chunk instanceof Uint8Array) return chunk
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `A chunk of ${body} must be a string, a Buffer or another view of an ArrayBuffer; received ${shown(chunk)}`)
}

/** Carries a streamed body to the engine, as fast as the engine gives room. */
class Upload {
  /** @type {AsyncIterator<unknown> | Iterator<unknown> | null} */ #source
  /** @type {Uint8Array | null} */ #rest = null
  #room = 0
  #pulling = false
  #sent = 0

  /**
   * @param {{ push (handle: number, chunk: Uint8Array): void }} ring
   * @param {import('./exchange').Exchange} exchange
   * @param {Outgoing} body a streamed one
   * @param {number | undefined} length
   */
  constructor (ring, exchange, body, length) {
    const stream = /** @type {AsyncIterable<unknown> | Iterable<unknown>} */ (body.stream)
    this.ring = ring
    this.exchange = exchange
    this.length = length
    this.stream = stream
    // Locked from the first, as a caller of fetch sees it.
    this.#source = stream instanceof ReadableStream ? sourceOf(stream) : null
    // Nobody else may be listening: a file that is not there, or the destroy of `#stop`, would end the process.
    // The listener stays for good, since a stream may tell of its error after the request is over.
    if (stream instanceof Readable) stream.on('error', error => this.#broken(error))
  }

  /** The source failed, perhaps while the request still waits for a connection. @param {unknown} error */
  #broken (error) {
    if (!this.#isCancelled) this.exchange.fail(error)
  }

  /** @param {number} bytes */
  room (bytes) {
    this.#room += bytes
    if (this.#pulling) return
    this.#pulling = true
    // The source is user code: it runs in the context of the request.
    this.exchange.runInAsyncScope(() => { void this.#pump() })
  }

  /**
   * The request settled or was given up: the source is told to stop.
   * @param {unknown} reason
   */
  cancel (reason) {
    if (this.exchange.upload !== this) return
    this.exchange.upload = null
    this.#rest = null
    // The source is user code here too: its `finally` and listeners run.
    this.exchange.runInAsyncScope(() => this.#stop(reason))
  }

  /** @param {unknown} reason */
  #stop (reason) {
    const { stream } = this
    if (!(stream instanceof Readable) && this.#source === null) return
    stop(stream, this.#source, reason)
  }

  get #isCancelled () {
    return this.exchange.upload !== this
  }

  async #pump () {
    try {
      while (this.#room > 0 && !this.#isCancelled) {
        const chunk = this.#rest ?? await this.#next()
        if (this.#isCancelled) return
        if (chunk === null) return this.#finish()
        this.#push(chunk)
      }
    } catch (error) {
      if (!this.#isCancelled) this.exchange.fail(error)
    } finally {
      this.#pulling = false
    }
    // Room that came while the last chunk was awaited.
    if (this.#room > 0 && !this.#isCancelled) this.room(0)
  }

  /** @returns {Promise<Uint8Array | null>} */
  async #next () {
    this.#source ??= sourceOf(this.stream)
    for (;;) {
      const { done, value } = await this.#source.next()
      if (done) return null
      const chunk = bytesOfChunk(value)
      if (chunk.length > 0) return chunk
    }
  }

  /** @param {Uint8Array} chunk */
  #push (chunk) {
    const size = Math.min(chunk.length, LARGEST_PUSH)
    this.#rest = size < chunk.length ? chunk.subarray(size) : null
    this.#room -= size
    this.#sent += size
    if (this.length !== undefined && this.#sent > this.length) throw this.#mismatch()
    this.ring.push(this.exchange.handle, chunk.subarray(0, size))
  }

  #finish () {
    if (this.length !== undefined && this.#sent !== this.length) throw this.#mismatch()
    this.exchange.sent()
    this.exchange.submissions.note(Submission.BODY_END, this.exchange.handle)
    this.exchange.seen?.bodySent()
  }

  #mismatch () {
    return badInput(RangeError, 'ERR_HTTP_CONTENT_LENGTH_MISMATCH', `The request body has ${this.#sent} bytes or more where content-length says ${this.length}`)
  }
}

module.exports = { bytesOfChunk, outgoing, sourceOf, stop, Upload }
