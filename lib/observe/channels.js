'use strict'

// undici's diagnostics channels, in undici's shape: OpenTelemetry, Datadog and New Relic watch them to see what is sent.
//
// The engine connects and writes in a thread of its own and does not tell of each: that a head has left is known by what
// comes of it, and `sendHeaders` and what follows it are told then, so that they never tell of a request that was not sent.

const { channel } = require('node:diagnostics_channel')
const { isIP } = require('node:net')
const { parts } = require('../url')
const { SeenRequest } = require('./seen-request')

const create = channel('undici:request:create')
const sendHeaders = channel('undici:client:sendHeaders')
const bodyChunkSent = channel('undici:request:bodyChunkSent')
const bodySent = channel('undici:request:bodySent')
const headers = channel('undici:request:headers')
const bodyChunkReceived = channel('undici:request:bodyChunkReceived')
const trailers = channel('undici:request:trailers')
const failed = channel('undici:request:error')

/**
 * Room for a streamed body is given once before there is a connection, and once more when the first piece waits for one: the third
 * time a connection has taken that piece, and the head before it.
 */
const ROOM_WHEN_SENT = 3

/**
 * Whoever watches is told of a request; null when nobody does, which is all that it costs then.
 * @param {import('../send').Ready} ready whose lines a watcher may change
 * @param {import('../inside').Inside} inside
 * @returns {Seen | null}
 */
function observe (ready, inside) {
  if (!create.hasSubscribers && !headers.hasSubscribers && !failed.hasSubscribers && !trailers.hasSubscribers &&
    !bodySent.hasSubscribers && !sendHeaders.hasSubscribers && !bodyChunkSent.hasSubscribers && !bodyChunkReceived.hasSubscribers) return null
  const request = new SeenRequest(ready)
  if (create.hasSubscribers) create.publish({ request })
  return new Seen(request, ready, inside)
}

/** Tells of one request. Its methods are called in the request's own async context. */
class Seen {
  /** @type {import('../send').Ready} */ #ready
  /** @type {import('../inside').Inside} */ #inside
  /** Whether it was given to the engine, and is not answered in its place. */
  #isCarried = false
  #isSent = false
  #isBodyOver = false
  #isEnded = false
  #rooms = 0
  /** What was handed over of the body before its head was known to be sent. @type {Buffer[]} */ #held = []

  /**
   * @param {SeenRequest} request
   * @param {import('../send').Ready} ready
   * @param {import('../inside').Inside} inside
   */
  constructor (request, ready, inside) {
    this.request = request
    this.#ready = ready
    this.#inside = inside
  }

  /** It is handed over, with its body unless that is streamed. */
  carried () {
    const { bytes, stream } = this.#ready.body
    this.#isCarried = true
    this.#isBodyOver = stream === null
    // A copy: the caller may write over his bytes as soon as he has asked.
    if (bytes !== null && bodyChunkSent.hasSubscribers) this.#held.push(Buffer.from(/** @type {any} */ (bytes)))
  }

  /**
   * The way of a streamed body's pieces, which are told of as they go.
   * @param {{ push (handle: number, chunk: Uint8Array): void }} ring
   */
  pushing (ring) {
    return {
      push: (/** @type {number} */ handle, /** @type {Uint8Array} */ chunk) => {
        ring.push(handle, chunk)
        this.#chunkSent(chunk)
      }
    }
  }

  /** @param {Uint8Array} chunk */
  #chunkSent (chunk) {
    if (this.#isEnded || !bodyChunkSent.hasSubscribers) return
    if (this.#isSent) bodyChunkSent.publish({ request: this.request, chunk })
    else this.#held.push(Buffer.from(chunk))
  }

  /** More of a streamed body may be handed over. */
  roomed () {
    if (++this.#rooms === ROOM_WHEN_SENT) this.#sent()
  }

  /** All of a streamed body was handed over. */
  bodySent () {
    this.#isBodyOver = true
    if (this.#isSent) this.#tellBodySent()
  }

  #tellBodySent () {
    if (!this.#isEnded && bodySent.hasSubscribers) bodySent.publish({ request: this.request })
  }

  /** The head has left, and what was held of the body behind it. */
  #sent () {
    if (this.#isSent || this.#isEnded || !this.#isCarried) return
    this.#isSent = true
    const { request } = this
    if (sendHeaders.hasSubscribers) sendHeaders.publish({ request, headers: this.#head(), socket: this.#socket() })
    for (const chunk of this.#held.splice(0)) bodyChunkSent.publish({ request, chunk })
    if (this.#isBodyOver) this.#tellBodySent()
  }

  /** As HTTP/1.1 writes it, up to the lines that frame the body, which undici has not there either. */
  #head () {
    const { method, target, lines, place } = this.#ready
    const all = lines.split('\n')
    const at = (/** @type {string} */ name) => all.findIndex((text, i) => i % 2 === 1 && text === name)
    const host = at('host')
    let text = `${method} ${target} HTTP/1.1\r\nhost: ${host < 0 ? new URL(place).host : all[host + 1]}\r\n`
    for (let i = 1; i + 1 < all.length; i += 2) if (i !== host) text += `${all[i]}: ${all[i + 1]}\r\n`
    return this.#inside.configOf(place).keepAlive || at('connection') >= 0 ? text : `${text}connection: close\r\n`
  }

  /** What is known of the connection here: its address only where the URL has it and nothing stands between. */
  #socket () {
    const { place } = this.#ready
    const { scheme, host, port } = parts(place)
    const isDirect = isIP(host) !== 0 && !this.#inside.goesByProxies && this.#inside.configOf(place).socketPath === undefined
    return { remoteAddress: isDirect ? host : undefined, remotePort: port, ...scheme === 'https' && { servername: host, encrypted: true } }
  }

  /**
   * @param {number} status
   * @param {string} head `reason\nname\nvalue…`
   */
  answered (status, head) {
    this.#sent()
    if (!headers.hasSubscribers) return
    const [statusText = '', ...lines] = head.split('\n')
    headers.publish({ request: this.request, response: { statusCode: status, headers: lines.map(buffer), statusText } })
  }

  /** Whether `received` would tell anybody. */
  get hearsChunks () {
    return bodyChunkReceived.hasSubscribers && !this.#isEnded
  }

  /** @param {string | Buffer} chunk a string is ASCII */
  received (chunk) {
    if (chunk.length > 0) bodyChunkReceived.publish({ request: this.request, chunk: typeof chunk === 'string' ? buffer(chunk) : chunk })
  }

  /**
   * @param {number} status
   * @param {string} head
   * @param {string | Buffer} body
   */
  whole (status, head, body) {
    this.answered(status, head)
    if (this.hearsChunks) this.received(body)
    this.ended('')
  }

  /** @param {string} text of the trailers: `\nname\nvalue…` */
  ended (text) {
    if (this.#isEnded) return
    this.#isEnded = true
    this.request.completed = true
    if (trailers.hasSubscribers) trailers.publish({ request: this.request, trailers: text === '' ? [] : text.substring(1).split('\n').map(buffer) })
  }

  /**
   * @param {unknown} error
   * @param {boolean} [isSent] whether it may have reached its server
   */
  failed (error, isSent = false) {
    if (this.#isEnded) return
    if (isSent) this.#sentWithoutMore()
    this.#isEnded = true
    this.#held = []
    if (failed.hasSubscribers) failed.publish({ request: this.request, error })
    this.request.aborted = true
  }

  /** How much of its body was sent when it failed is not known. */
  #sentWithoutMore () {
    const { bytes, stream } = this.#ready.body
    this.#held = []
    this.#isBodyOver = bytes === null && stream === null
    this.#sent()
  }
}

/** undici tells of header lines as bytes. @param {string} text */
const buffer = text => Buffer.from(text, 'latin1')

module.exports = { observe }
/** @typedef {Seen} SeenType */
