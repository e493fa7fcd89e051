'use strict'

// undici's diagnostics channels, in undici's shape: OpenTelemetry, Datadog and New Relic watch them to see what is sent.

const { channel } = require('node:diagnostics_channel')
const { parts } = require('../url')
const { SeenRequest } = require('./seen-request')

const create = channel('undici:request:create')
const bodySent = channel('undici:request:bodySent')
const headers = channel('undici:request:headers')
const trailers = channel('undici:request:trailers')
const failed = channel('undici:request:error')
const sendHeaders = channel('undici:client:sendHeaders')

/**
 * Whoever watches is told of a request; null when nobody does, which is all that it costs then.
 * @param {import('../send').Ready} ready whose lines a watcher may change
 * @returns {Seen | null}
 */
function observe (ready) {
  if (!create.hasSubscribers && !headers.hasSubscribers && !failed.hasSubscribers && !trailers.hasSubscribers &&
    !bodySent.hasSubscribers && !sendHeaders.hasSubscribers) return null
  const request = new SeenRequest(ready)
  if (create.hasSubscribers) create.publish({ request })
  return new Seen(request, ready)
}

/** Tells of one request. Its methods are called in the request's own async context. */
class Seen {
  #ended = false

  /**
   * @param {SeenRequest} request
   * @param {import('../send').Ready} ready
   */
  constructor (request, ready) {
    this.request = request
    this.ready = ready
  }

  /**
   * The request was handed over.
   * @param {boolean} whole with its body
   */
  sent (whole) {
    const { request } = this
    if (sendHeaders.hasSubscribers) {
      const head = `${request.method} ${request.path} HTTP/1.1\r\n${pairs(this.ready.lines.slice(1)).map(([name, value]) => `${name}: ${value}\r\n`).join('')}`
      sendHeaders.publish({ request, headers: head, socket: faceOf(this.ready.place) })
    }
    if (whole) this.bodySent()
  }

  bodySent () {
    if (bodySent.hasSubscribers) bodySent.publish({ request: this.request })
  }

  /**
   * @param {number} status
   * @param {string} head `reason\nname\nvalue…`
   */
  answered (status, head) {
    if (!headers.hasSubscribers) return
    const [statusText = '', ...lines] = head.split('\n')
    headers.publish({ request: this.request, response: { statusCode: status, headers: lines.map(buffer), statusText } })
  }

  /**
   * @param {number} status
   * @param {string} head
   */
  whole (status, head) {
    this.answered(status, head)
    this.ended('')
  }

  /** @param {string} text of the trailers: `\nname\nvalue…` */
  ended (text) {
    if (this.#ended) return
    this.#ended = true
    this.request.completed = true
    if (trailers.hasSubscribers) trailers.publish({ request: this.request, trailers: text === '' ? [] : text.substring(1).split('\n').map(buffer) })
  }

  /** @param {unknown} error */
  failed (error) {
    if (this.#ended) return
    this.#ended = true
    this.request.aborted = true
    if (failed.hasSubscribers) failed.publish({ request: this.request, error })
  }
}

/** undici tells of header lines as bytes. @param {string} text */
const buffer = text => Buffer.from(text, 'latin1')

/** @param {string} text `name\nvalue\n…` */
function pairs (text) {
  const flat = text === '' ? [] : text.split('\n')
  return flat.flatMap((name, at) => at % 2 === 0 ? [[name, flat[at + 1]]] : [])
}

/**
 * Where the request goes, in a socket's place. Which connection takes it is decided later and elsewhere, so that there
 * is an address only if the URL has one.
 * @param {string} place
 */
function faceOf (place) {
  const { scheme, host, port } = parts(place)
  const address = require('node:net').isIP(host) === 0 ? undefined : host
  return { remoteAddress: address, remotePort: port, ...scheme === 'https' && { servername: host, encrypted: true } }
}

module.exports = { observe }
/** @typedef {Seen} SeenType */
