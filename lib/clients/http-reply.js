'use strict'

const { Readable } = require('node:stream')
const { decoded } = require('../utf8')
const { jsonOf } = require('../whole')

const JSON_TYPE = /^[^;]*[/+]json\s*(?:;|$)/i
/** What is text though its type is not called so. */
const TEXT_TYPE = /^\s*(?:$|text\/|[^;]*(?:[/+]xml|\/javascript|\/ecmascript|\/x-www-form-urlencoded|\/x-ndjson)\s*(?:;|$))/i

/** A reply of `createPooledHttpClient`, read whole unless it was asked for as a stream. */
class HttpReply {
  #answer
  /** @type {Headers | undefined} */ #headers
  /** Null for a stream. @type {Uint8Array | null} */ #bytes
  /** @type {Readable | undefined} */ #stream

  /**
   * @param {import('./redirects').Answer} answer
   * @param {Uint8Array | null} bytes
   */
  constructor (answer, bytes) {
    this.#answer = answer
    this.#bytes = bytes
    this.status = answer.statusCode
    this.statusText = answer.statusText
    /** Where it came from, after redirects. */
    this.url = answer.url
    this.redirected = answer.redirected
    this.method = answer.method
    /** The body in the form that was asked for. @type {any} */
    this.data = undefined
  }

  /**
   * @param {import('./redirects').Answer} answer
   * @param {string} responseType
   */
  static async from (answer, responseType) {
    const bytes = responseType === 'stream' ? null : await answer.body.bytes()
    const reply = new HttpReply(answer, bytes)
    reply.data = bytes === null ? answer.body : converted(bytes, responseType, reply.headers.get('content-type') ?? '')
    return reply
  }

  /** Whether the status is from 200 to 299. */
  get ok () {
    return this.status >= 200 && this.status < 300
  }

  get headers () {
    if (this.#headers === undefined) {
      this.#headers = new Headers()
      for (const [name, value] of Object.entries(this.#answer.headers)) {
        for (const one of [value].flat()) this.#headers.append(name, one)
      }
    }
    return this.#headers
  }

  /** The body as a Node stream: the one that arrives, or one over what was read. */
  get body () {
    return this.#bytes === null ? this.#answer.body : (this.#stream ??= Readable.from([this.#bytes], { objectMode: false }))
  }

  /** @returns {Promise<string>} */
  async text () {
    return this.#bytes === null ? await this.#answer.body.text() : textOf(this.#bytes)
  }

  /** A value of its own for each call; of a stream, which is read once, for one. */
  async json () {
    return this.#bytes === null ? await this.#answer.body.json() : parsed(this.#bytes)
  }

  /** @returns {Promise<ArrayBuffer>} */
  async arrayBuffer () {
    return this.#bytes === null ? await this.#answer.body.arrayBuffer() : bufferOf(this.#bytes)
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {string} responseType
 * @param {string} type
 */
function converted (bytes, responseType, type) {
  switch (responseType) {
    case 'json': return parsed(bytes)
    case 'text': return textOf(bytes)
    case 'arraybuffer': return bufferOf(bytes)
    default: return JSON_TYPE.test(type) ? jsonOrText(bytes) : TEXT_TYPE.test(type) ? textOf(bytes) : bufferOf(bytes)
  }
}

/**
 * An error page that claims to be JSON is more use as its text than as a SyntaxError.
 * @param {Uint8Array} bytes
 */
function jsonOrText (bytes) {
  try {
    return parsed(bytes)
  } catch {
    return textOf(bytes) || null
  }
}

/** @param {Uint8Array} bytes */
function parsed (bytes) {
  return jsonOf(viewed(bytes))
}

/** @param {Uint8Array} bytes */
function textOf (bytes) {
  return decoded(viewed(bytes))
}

/** @param {Uint8Array} bytes */
function viewed (bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** @param {Uint8Array} bytes */
function bufferOf (bytes) {
  return /** @type {ArrayBuffer} */ (bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}

/** A reply of status 400 or more, where `throwOnError` asked for an error. Its message is axios'. */
class HttpStatusError extends Error {
  /** @param {HttpReply} response */
  constructor (response) {
    super(`Request failed with status code ${response.status}`)
    this.code = response.status >= 500 ? 'ERR_BAD_RESPONSE' : 'ERR_BAD_REQUEST'
    this.status = response.status
    this.method = response.method
    /** Without credentials, query and fragment: they may be secret. */
    this.url = withoutSecrets(response.url)
    // Not enumerable, so that a logged error shows no headers and no body.
    Object.defineProperty(this, 'response', { value: response })
  }

  /** @override */
  get name () {
    return 'HttpStatusError'
  }
}

/** @param {string} url */
function withoutSecrets (url) {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

module.exports = { HttpReply, HttpStatusError }
