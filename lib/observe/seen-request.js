'use strict'

const { badInput } = require('../errors')
const { HeaderLines, encode } = require('../headers')

/** Methods whose request says that its body is empty, as fetch has it. */
const WITH_BODY = new Set(['POST', 'PUT'])
/** What undici keeps apart from its list of headers, since it writes these lines itself. */
const APART = new Set(['host', 'connection'])

/**
 * A request as undici 7 shows it to those who watch. What they make of `headers`, in place or by `addHeader`, is what is
 * sent, as far as it could have been sent for the caller.
 */
class SeenRequest {
  /** @type {import('../send').Ready} */ #ready
  /** Those among the lines that are not shown in the list. @type {string[]} */ #apart = []
  /** The list as it was first shown. */ #first
  /** Whether the headers are settled, so that none can be added. */
  #isSettled = false
  completed = false
  aborted = false
  upgrade = null

  /** @param {import('../send').Ready} ready */
  constructor (ready) {
    this.#ready = ready
    const { protocol, host } = new URL(ready.place)
    this.method = ready.method
    this.path = ready.target
    // Without the credentials that a URL may hold.
    this.origin = `${protocol}//${host}`
    this.protocol = protocol
    this.idempotent = ready.method === 'GET' || ready.method === 'HEAD'
    /** Name and value by turns. @type {string[]} */
    this.headers = []
    const lines = ready.lines.split('\n')
    for (let i = 1; i + 1 < lines.length; i += 2) {
      const [name, value] = /** @type {[string, string]} */ (lines.slice(i, i + 2))
      const list = APART.has(name) ? this.#apart : this.headers
      list.push(name, value)
    }
    this.#first = this.headers.join('\n')
    /** The caller's own, as with undici: `origin` tells where it goes. */
    this.host = valueIn(this.#apart, 'host')
    this.contentType = valueIn(this.headers, 'content-type')
  }

  /** Of what is sent, where it is known; undici's fetch tells the same, its `request` only what the caller's header says. */
  get contentLength () {
    const { body: { bytes, stream }, length, method } = this.#ready
    if (stream !== null) return length ?? null
    if (bytes === null) return WITH_BODY.has(method) ? 0 : null
    return Buffer.byteLength(bytes)
  }

  get body () {
    const { bytes, stream } = this.#ready.body
    if (bytes === null) return stream
    return typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /**
   * @param {string} name
   * @param {string | readonly string[]} value
   * @throws {TypeError} when it cannot stand in a head
   */
  addHeader (name, value) {
    if (this.#isSettled) throw badInput(TypeError, 'ERR_HTTP_HEADERS_SENT', `Header '${name}' cannot be added once a request is on its way`)
    const lines = new HeaderLines()
    lines.add(name, value)
    refuseLength(lines)
    this.headers.push(...lines.text.split('\n').slice(1))
    return this
  }

  /**
   * All who watch have had their say.
   * @throws {TypeError} when what they have made of the headers cannot be sent
   */
  settle () {
    this.#isSettled = true
    const { headers } = this
    if (!Array.isArray(headers)) throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', 'request.headers must be left an array of names and values by whoever watches undici:request:create')
    if (headers.join('\n') === this.#first) return
    const lines = encode([...this.#apart, ...headers])
    refuseLength(lines)
    this.#ready.lines = lines.text
  }
}

/** It follows from the body, which nobody who watches can change. @param {HeaderLines} lines */
function refuseLength ({ contentLength }) {
  if (contentLength !== undefined) throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', "Header 'content-length' cannot be added by whoever watches undici:request:create")
}

/**
 * @param {string[]} list name and value by turns
 * @param {string} name
 */
function valueIn (list, name) {
  const at = list.findIndex((text, index) => index % 2 === 0 && text === name)
  return at < 0 ? null : /** @type {string} */ (list[at + 1])
}

module.exports = { SeenRequest }
